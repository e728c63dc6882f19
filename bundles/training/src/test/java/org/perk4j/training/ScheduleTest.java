package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ScheduleTest {

    private static final double EXACT = 1e-15;

    private final Schedule schedule = new Schedule(0.4, 4, 104, 0.1);

    @Test
    void risesLinearly() {
        assertEquals(0.1, schedule.rate(0), EXACT);
        assertEquals(0.2, schedule.rate(1), EXACT);
        assertEquals(0.4, schedule.rate(3), EXACT);
    }

    @Test
    void fallsAlongACosine() {
        assertEquals(0.4, schedule.rate(4), EXACT);
        assertEquals(0.25, schedule.rate(54), EXACT);
        assertEquals(0.1 + 0.15 * (1 + Math.cos(Math.PI / 4)), schedule.rate(29), EXACT);
    }

    @Test
    void staysAtTheFloor() {
        assertEquals(0.1, schedule.rate(104), EXACT);
        assertEquals(0.1, schedule.rate(1_000), EXACT);
    }

    @Test
    void needsNoWarmUp() {
        assertEquals(0.4, new Schedule(0.4, 0, 10, 0).rate(0), EXACT);
    }
}
