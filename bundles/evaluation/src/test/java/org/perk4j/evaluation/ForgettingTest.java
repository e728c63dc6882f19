package org.perk4j.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ForgettingTest {

    /** Losses rise by 0.1, 0.2, 0.3: a standard error of 0.1/√3; Student's quantile with 2 degrees of freedom is 4.3027. */
    @Test
    void theIntervalIsStudentsOverMemories() {
        Forgetting forgetting = Forgetting.of(3, List.of(3.1, 3.2, 3.3));
        double around = 4.302652729911275 * 0.1 / Math.sqrt(3);
        assertEquals(Math.exp(3), forgetting.perplexity(), 1e-12);
        assertEquals(Math.exp(0.2) - 1, forgetting.rise(), 1e-12);
        assertEquals(Math.exp(0.2 - around) - 1, forgetting.low(), 1e-9);
        assertEquals(Math.exp(0.2 + around) - 1, forgetting.high(), 1e-9);
        assertEquals(3, forgetting.memories());
    }

    @Test
    void oneMemoryHasNoInterval() {
        Forgetting forgetting = Forgetting.of(Math.log(20), List.of(Math.log(19)));
        assertEquals(-0.05, forgetting.rise(), 1e-12);
        assertTrue(Double.isNaN(forgetting.low()) && Double.isNaN(forgetting.high()));
    }
}
