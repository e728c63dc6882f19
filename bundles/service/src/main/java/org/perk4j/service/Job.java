package org.perk4j.service;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A text that is to become a memory.
 *
 * @param memory  its name
 * @param text    the text's name
 * @param replace whether a memory of that name may be replaced
 * @param force   whether the memory is kept even if encoding did not lower its loss
 * @param keep    whether the text is kept with the memory
 * @param passes  the number of segment passes done
 * @param total   the number of all passes; 0 before it starts
 * @param losses  the context's mean loss of a token before each step and after the last
 * @param error   why it failed, or what it waits for; empty if neither
 */
record Job(String id, String memory, State state, String text, boolean replace, boolean force, boolean keep, long passes,
           long total, List<Double> losses, String error, Instant created) implements AnyJob {

    /** The state of a job. */
    enum State {
        QUEUED, RUNNING, DONE, FAILED, CANCELLED;

        boolean ended() {
            return this != QUEUED && this != RUNNING;
        }
    }

    Job queued() {
        return new Job(id, memory, State.QUEUED, text, replace, force, keep, 0, 0, List.of(), "", created);
    }

    Job at(long nowPasses, long nowTotal) {
        return new Job(id, memory, State.RUNNING, text, replace, force, keep, nowPasses, nowTotal, losses, "", created);
    }

    /** @param what what it waits for */
    Job waiting(String what) {
        return new Job(id, memory, State.RUNNING, text, replace, force, keep, passes, total, losses, what, created);
    }

    Job done(List<Double> foundLosses) {
        return new Job(id, memory, State.DONE, text, replace, force, keep, total, total, foundLosses, "", created);
    }

    Job failed(String why) {
        return new Job(id, memory, State.FAILED, text, replace, force, keep, passes, total, losses, why, created);
    }

    Job cancelled() {
        return new Job(id, memory, State.CANCELLED, text, replace, force, keep, passes, total, losses, "", created);
    }

    @Override
    public Map<String, Object> described() {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("id", id);
        described.put("kind", JobKind.ENCODE.key());
        described.put("memory", memory);
        described.put("state", state);
        described.put("passes", passes);
        described.put("total", total);
        described.put("losses", losses);
        described.put("error", error.isEmpty() || !ended() ? null : error);
        described.put("waiting", error.isEmpty() || ended() ? null : error);
        described.put("created", created);
        return described;
    }
}
