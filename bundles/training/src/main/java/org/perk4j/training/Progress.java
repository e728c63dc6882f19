package org.perk4j.training;

import org.osgi.annotation.versioning.ConsumerType;

/** Told how a long piece of work gets on. Called from one thread. */
@ConsumerType
public interface Progress {

    /** Tells nobody. */
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
