package org.perk4j.service;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A training or an evaluation.
 *
 * @param name   a name for people; may be empty
 * @param remote whether it came by HTTP, so that it can name files of the service's folder alone
 * @param at     its progress
 * @param error  why it failed, or what it waits for; empty for neither
 */
record RunJob(String id, String name, JobKind kind, boolean remote, Job.State state, At at, String error, Instant created)
        implements AnyJob {

    /**
     * The progress of a job.
     *
     * @param step           the last step of a training; for an evaluation, the number of contexts that were read
     * @param steps          the number of all steps; 0 before it starts
     * @param loss           of that step; NaN for none, as are the next three
     * @param accuracy       of that step
     * @param validationLoss of the last validation
     * @param secondsLeft    until the end, at the speed so far
     */
    record At(long step, long steps, double loss, double accuracy, double validationLoss, double secondsLeft) {

        static final At BEGIN = new At(0, 0, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    }

    RunJob in(Job.State next) {
        return new RunJob(id, name, kind, remote, next, at, "", created);
    }

    RunJob at(At now) {
        return new RunJob(id, name, kind, remote, state, now, "", created);
    }

    /** @param what what it waits for */
    RunJob waiting(String what) {
        return new RunJob(id, name, kind, remote, state, at, what, created);
    }

    RunJob failed(String why) {
        return new RunJob(id, name, kind, remote, Job.State.FAILED, at, why, created);
    }

    @Override
    public Map<String, Object> described() {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("id", id);
        described.put("kind", kind.key());
        described.put("name", name);
        described.put("state", state);
        described.put("step", at.step());
        described.put("steps", at.steps());
        described.put("loss", at.loss());
        described.put("accuracy", at.accuracy());
        described.put("validationLoss", at.validationLoss());
        described.put("secondsLeft", state == Job.State.RUNNING ? at.secondsLeft() : Double.NaN);
        described.put("output", RunFolder.output(id));
        described.put("error", error.isEmpty() || !ended() ? null : error);
        described.put("waiting", error.isEmpty() || ended() ? null : error);
        described.put("created", created);
        return described;
    }
}
