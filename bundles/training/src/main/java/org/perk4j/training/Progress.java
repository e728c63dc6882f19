package org.perk4j.training;

import java.util.Map;
import org.osgi.annotation.versioning.ConsumerType;

/** Shows the progress of a long piece of work. Called from one thread. */
@ConsumerType
public interface Progress {

    /** Shows nothing. */
    Progress NONE = new Progress() {
        @Override
        public void begin(String task, long done, long total) {
        }

        @Override
        public void at(long done, String detail) {
        }

        @Override
        public void end() {
        }
    };

    /** Begins a piece of work; ends the one before. */
    void begin(String task, long done, long total);

    /** @param detail further information, in a few words */
    void at(long done, String detail);

    /**
     * What the log has about the step that {@link #at} is told of next.
     *
     * @param line {@code step}, and what there is of {@code loss}, {@code accuracy}, {@code validationLoss} and others
     */
    default void logged(Map<String, Object> line) {
    }

    /** Ends the piece of work, whether finished or not. Idempotent. */
    void end();
}
