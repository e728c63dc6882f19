package org.perk4j.service;

import java.time.Instant;
import java.util.List;
import org.perk4j.memory.Memory;

/**
 * What the database has about a memory.
 *
 * @param digest   the fingerprint of its content, which names its folder
 * @param base     the fingerprint of the base; empty if it isn't known
 * @param adapter  its type; empty if PEFT made it
 * @param writer   the fingerprint of what it was encoded with; empty if it was imported
 * @param text     the name of its text; empty if that isn't kept
 * @param source   what was encoded
 * @param sha256   of the text
 * @param bytes    of its folder and its text
 * @param created  when it was added
 * @param used     when it was last asked, or else added
 * @param uses     how often it was asked
 * @param pinned   whether it stays when there is no room
 */
record MemoryRow(String name, String digest, String base, String adapter, String writer, String text, String source,
                 String sha256, long tokens, long segments, List<Double> losses, Instant encoded, long bytes,
                 Instant created, Instant used, long uses, boolean pinned) {

    /** Makes a row of a memory that nobody has asked yet. */
    static MemoryRow of(String name, String digest, Memory memory, String writer, String text, String source, long bytes,
                        Instant now) {
        Memory.Provenance provenance = memory.provenance();
        return new MemoryRow(name, digest, memory.baseFingerprint(), memory.adapterType(), writer, text, source,
                provenance.sha256(), provenance.tokens(), Math.max(0, provenance.spans().size() - 1), provenance.losses(),
                provenance.encodedAt(), bytes, now, now, 0, false);
    }

    /** @return whether encoding lowered the loss */
    boolean isTakenUp() {
        return !losses.isEmpty() && losses.get(losses.size() - 1) < losses.get(0);
    }

    MemoryRow named(String other) {
        return new MemoryRow(other, digest, base, adapter, writer, text, source, sha256, tokens, segments, losses, encoded,
                bytes, created, used, uses, pinned);
    }

    MemoryRow pinned(boolean now) {
        return new MemoryRow(name, digest, base, adapter, writer, text, source, sha256, tokens, segments, losses, encoded,
                bytes, created, used, uses, now);
    }

    MemoryRow usedAt(Instant now) {
        return new MemoryRow(name, digest, base, adapter, writer, text, source, sha256, tokens, segments, losses, encoded,
                bytes, created, now, uses + 1, pinned);
    }

    /** @return the row of another name for the same memory */
    MemoryRow again(String other, String keptText, String otherSource, Instant now) {
        return new MemoryRow(other, digest, base, adapter, writer, keptText, otherSource, sha256, tokens, segments, losses,
                encoded, bytes, now, now, 0, false);
    }
}
