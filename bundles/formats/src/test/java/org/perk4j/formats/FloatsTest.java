package org.perk4j.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FloatsTest {

    @Test
    void everyHalfSurvives() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Floats.fromHalf((short) bits);
            assertEquals(Float.isNaN(value) ? bits & 0x8000 | 0x7e00 : bits, Floats.toHalf(value) & 0xffff);
        }
    }

    @Test
    void halvesAreWhatTheStandardSays() {
        assertEquals(1f, Floats.fromHalf((short) 0x3c00));
        assertEquals(-2f, Floats.fromHalf((short) 0xc000));
        assertEquals(65504f, Floats.fromHalf((short) 0x7bff));
        assertEquals(0x1p-14f, Floats.fromHalf((short) 0x0400));
        assertEquals(0x1p-24f, Floats.fromHalf((short) 0x0001));
        assertEquals(Float.NEGATIVE_INFINITY, Floats.fromHalf((short) 0xfc00));
        assertEquals(0x7c00, Floats.toHalf(1e10f));
        assertEquals(0x7bff, Floats.toHalf(65519f));
    }

    @Test
    void everyBfloat16Survives() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Float.intBitsToFloat(bits << 16);
            assertEquals(Float.isNaN(value) ? bits | 0x40 : bits, Floats.toBfloat16(value) & 0xffff);
        }
    }

    @Test
    void floatsGoToTheNearestBfloat16() {
        assertEquals(0x3f80, Floats.toBfloat16(Math.nextDown(1 + 0x1p-8f)));
        assertEquals(0x3f80, Floats.toBfloat16(1 + 0x1p-8f), "a tie goes to the even one");
        assertEquals(0x3f82, Floats.toBfloat16(1 + 3 * 0x1p-8f), "a tie goes to the even one");
        assertEquals(0x3f81, Floats.toBfloat16(Math.nextUp(1 + 0x1p-8f)));
        assertEquals(0x4000, Floats.toBfloat16(Math.nextDown(2f)), "a carry goes to the exponent");
        assertEquals(0xff80, Floats.toBfloat16(-Float.MAX_VALUE) & 0xffff, "what is too large becomes infinite");
    }

    @Test
    void floatsGoToTheNearestHalf() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100_000; i++) {
            float value = (float) Math.scalb(random.nextDouble(), random.nextInt(-26, 16));
            int half = Floats.toHalf(value);
            double error = Math.abs((double) Floats.fromHalf((short) half) - value);
            double above = Math.abs((double) Floats.fromHalf((short) (half + 1)) - value);
            double below = half == 0 ? above : Math.abs((double) Floats.fromHalf((short) (half - 1)) - value);
            assertTrue(error <= above && error <= below, () -> value + " became " + half);
            assertTrue(error < Math.min(above, below) || half % 2 == 0, () -> value + " is a tie, " + half + " is odd");
        }
    }
}
