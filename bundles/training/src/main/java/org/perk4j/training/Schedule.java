package org.perk4j.training;

/**
 * A learning rate that rises linearly from 0 and then falls along half a cosine (Loshchilov, Hutter 2017).
 *
 * @param peak   the highest rate
 * @param warmup the number of steps until the peak
 * @param steps  the number of steps until the floor
 * @param floor  the rate after that
 */
record Schedule(double peak, long warmup, long steps, double floor) {

    static Schedule of(OuterOptions options, long steps) {
        return new Schedule(options.learningRate(), (long) Math.ceil(options.warmup() * steps), steps,
                options.learningRate() * options.floor());
    }

    /** @param step counted from 0 */
    double rate(long step) {
        if (step < warmup) {
            return peak * (step + 1) / warmup;
        }
        double progress = Math.min(1, (double) (step - warmup) / Math.max(1, steps - warmup));
        return floor + (peak - floor) * (1 + StrictMath.cos(Math.PI * progress)) / 2;
    }
}
