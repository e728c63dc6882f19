package org.perk4j.tck;

import java.util.SplittableRandom;
import java.util.stream.DoubleStream;

/** How the elements of an argument are drawn. All are floats, so that both element types see the same numbers. */
enum Sample {
    /** Between -1.5 and 1.5. */
    ORDINARY {
        @Override
        double draw(SplittableRandom random) {
            return random.nextDouble(-1.5, 1.5);
        }
    },
    /** Between 0.5 and 2, for functions that are singular at 0. */
    POSITIVE {
        @Override
        double draw(SplittableRandom random) {
            return random.nextDouble(0.5, 2);
        }
    },
    /** Between 0.5 and 2, of either sign, for functions that jump at 0. */
    APART {
        @Override
        double draw(SplittableRandom random) {
            return random.nextDouble(0.5, 2) * (random.nextBoolean() ? 1 : -1);
        }
    },
    /** Between -10⁴ and 10⁴, where a careless exponential overflows. */
    WIDE {
        @Override
        double draw(SplittableRandom random) {
            return random.nextDouble(-1e4, 1e4);
        }
    },
    /** Whole numbers up to ±100: their inner products reach 10⁴ and more, and are exact in single precision. */
    WHOLE {
        @Override
        double draw(SplittableRandom random) {
            return random.nextInt(-100, 101);
        }
    },
    /** Below the normal range of single precision. */
    SUBNORMAL {
        @Override
        double draw(SplittableRandom random) {
            return random.nextDouble(-1, 1) * 1e-39;
        }
    },
    ZERO {
        @Override
        double draw(SplittableRandom random) {
            return 0;
        }
    };

    abstract double draw(SplittableRandom random);

    double[] draw(SplittableRandom random, long count) {
        return DoubleStream.generate(() -> (float) draw(random)).limit(count).toArray();
    }
}
