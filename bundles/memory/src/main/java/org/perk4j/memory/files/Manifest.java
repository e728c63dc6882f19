package org.perk4j.memory.files;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.PluginChoice;
import org.perk4j.memory.Memory;
import org.perk4j.memory.Memory.Matrix;
import org.perk4j.memory.Memory.Provenance;

/**
 * The content of {@code perk4j.json}: what PEFT's own files don't say, and what must be found in them.
 *
 * @param format          of this file
 * @param writtenBy       the program, with its version
 * @param adapter         type and options, as in {@link Memory}
 * @param baseFingerprint as in {@link Memory}
 * @param provenance      as in {@link Memory}
 * @param tensors         all that {@code adapter_model.safetensors} holds
 * @param tensorsSha256   of that file's bytes, in hex
 */
record Manifest(int format, String writtenBy, PluginChoice adapter, String baseFingerprint, Origin provenance,
                List<Entry> tensors, String tensorsSha256) {

    static final int FORMAT = 1;

    Manifest {
        if (format != FORMAT) {
            throw new IllegalArgumentException("format " + format + " is not known here, only " + FORMAT
                    + ": use the version of Perk4J that wrote it (" + writtenBy + ") or a newer one");
        }
        requireSha256("baseFingerprint", baseFingerprint);
        requireSha256("tensorsSha256", tensorsSha256);
    }

    /** Where a memory comes from, as {@link Provenance} has it. */
    record Origin(String source, String sha256, long tokens, List<Integer> spans, String encodedAt) {

        Origin {
            requireSha256("sha256", sha256);
            if (tokens < 1) {
                throw new IllegalArgumentException("tokens must be at least 1: " + tokens);
            }
            for (int i = 0; i < spans.size(); i++) {
                if (spans.get(i) < (i == 0 ? 0 : spans.get(i - 1))) {
                    throw new IllegalArgumentException("spans must not go back: " + spans.get(i) + " at " + i);
                }
            }
            try {
                Instant.parse(encodedAt);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException("encodedAt must be a time such as 2026-01-31T12:00:00Z: " + encodedAt, e);
            }
        }

        static Origin of(Provenance provenance) {
            return new Origin(provenance.source(), provenance.sha256(), provenance.tokens(), provenance.spans(),
                    provenance.encodedAt().toString());
        }

        Provenance toProvenance() {
            return new Provenance(source, sha256, tokens, spans, Instant.parse(encodedAt));
        }
    }

    /** A tensor that must be there. */
    record Entry(String name, int rows, int columns) {

        static List<Entry> of(Map<String, Matrix> tensors) {
            List<Entry> entries = new ArrayList<>();
            tensors.forEach((name, matrix) -> entries.add(new Entry(name, matrix.shape().rows(), matrix.shape().columns())));
            return entries;
        }

        int[] dimensions() {
            return new int[] {rows, columns};
        }
    }

    private static void requireSha256(String key, String value) {
        if (!value.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(key + " must be a SHA-256 in hex: " + value);
        }
    }
}
