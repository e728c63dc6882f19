package org.perk4j.studies;

import org.perk4j.training.Progress;

/** Shows how far a study is: adds up what its cells have done. Thread-safe, though what shows it isn't. */
final class Work {

    private final Progress shown;
    private long done;

    /** @param total the sum of the weights of all parts */
    Work(String task, long total, Progress shown) {
        this.shown = shown;
        shown.begin(task, 0, total);
    }

    private synchronized void advance(long more, String detail) {
        done += more;
        shown.at(done, detail);
    }

    /**
     * @param name   says what it is, for people
     * @param weight how long it takes, compared with others
     */
    Part part(String name, long weight) {
        return new Part(name, weight);
    }

    /** A piece of the work, told of its own progress. For one thread. */
    final class Part implements Progress {

        private final String name;
        private final long weight;
        private long total = 1;
        private long counted;

        private Part(String name, long weight) {
            this.name = name;
            this.weight = weight;
        }

        @Override
        public void begin(String task, long doneBefore, long ofTotal) {
            total = Math.max(1, ofTotal);
            at(doneBefore, "begins");
        }

        @Override
        public void at(long reached, String detail) {
            long now = weight * Math.min(reached, total) / total;
            advance(now - counted, name + ": " + detail);
            counted = now;
        }

        /** Whoever trains says this too when it is stopped. */
        @Override
        public void end() {
            // how far it got was told
        }
    }
}
