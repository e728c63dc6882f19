package org.perk4j.training;

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

    /** @param detail what else is worth knowing, in a few words */
    void at(long done, String detail);

    /** Ends the piece of work, whether finished or not. Idempotent. */
    void end();
}
