package org.perk4j.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AttentionSpecTest {

    private final AttentionSpec plain = new AttentionSpec(new Heads(4, 2, 16));

    @Test
    void plainAttentionSeesAllThatPrecedes() {
        assertEquals(0.25, plain.scale());
        assertEquals(0, plain.hidden(1_000_000));
        assertFalse(plain.isCapped());
    }

    @Test
    void aWindowHidesWhatIsFurtherAway() {
        AttentionSpec near = plain.within(3);
        assertEquals(0, near.hidden(3));
        assertEquals(1, near.hidden(4));
        assertEquals(plain.scaled(0.5).capped(30), new AttentionSpec(plain.heads(), 0.5, AttentionSpec.ALL, 30));
        assertTrue(plain.capped(30).isCapped());
    }

    @Test
    void whatIsImpossibleIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> plain.within(0));
        assertThrows(IllegalArgumentException.class, () -> plain.scaled(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> plain.scaled(Double.POSITIVE_INFINITY));
        assertThrows(IllegalArgumentException.class, () -> plain.capped(0));
    }
}
