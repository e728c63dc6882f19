package org.perk4j.innerloop;

import org.perk4j.adapter.Dropout;
import org.perk4j.data.EncodedText;
import org.perk4j.model.Site;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** Dropout of one micro-batch in one inner step, with draws keyed by (seed, episode, step, text, position, site). */
record EpisodeDropout(long seed, long episode, int step, MicroBatch batch) implements Dropout {

    @Override
    public Tensor apply(Ops ops, Site site, Tensor input, double rate) {
        if (rate == 0) {
            return input;
        }
        Tensor mask = ops.dropoutMask(rowKeys(mix(mix(mix(seed, episode), step), site.name().hashCode())),
                input.columns(), 1 - rate);
        return ops.multiply(input, mask);
    }

    private long[] rowKeys(long key) {
        long[] keys = new long[batch.rows()];
        int row = 0;
        int number = batch.first();
        for (EncodedText text : batch.texts()) {
            long textKey = mix(key, number++);
            for (int position = 0; position < text.tokens().length; position++) {
                keys[row++] = mix(textKey, position);
            }
        }
        return keys;
    }

    /** SplitMix64's finalizer over a running key (Steele, Lea, Flood 2014). */
    private static long mix(long key, long value) {
        long z = key * 0x9E3779B97F4A7C15L + value + 0x632BE59BD9B4E019L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
