package org.perk4j.adapter.adalora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;

class RankBudgetTest {

    private static final RankBudget.Names FIRST = names("first");
    private static final RankBudget.Names SECOND = names("second");

    private final Map<String, float[]> values = new HashMap<>();
    private final Map<String, float[]> gradients = new HashMap<>();

    private static RankBudget.Names names(String layer) {
        return new RankBudget.Names(layer + ".a", layer + ".e", layer + ".b", layer + ".mask", layer + ".importance",
                layer + ".uncertainty");
    }

    /** Two ranks of one input and one output, whose sensitivities are those of the singular values. */
    private void layer(RankBudget.Names names, float first, float second) {
        values.put(names.a(), new float[2]);
        values.put(names.b(), new float[2]);
        values.put(names.e(), new float[] {1, 1});
        values.put(names.mask(), new float[] {1, 1});
        values.put(names.importance(), new float[2]);
        values.put(names.uncertainty(), new float[2]);
        gradients.put(names.a(), new float[2]);
        gradients.put(names.b(), new float[2]);
        gradients.put(names.e(), new float[] {first, second});
    }

    private static RankBudget budget(Map<String, ?> options) {
        Map<String, Object> all = new HashMap<>(Map.of("initR", 2, "targetR", 1));
        all.putAll(options);
        return new RankBudget(Options.bind(JsonValue.of(all), AdaLoraOptions.class), List.of(FIRST, SECOND));
    }

    @Test
    void theLeastImportantRanksOfAllLayersAreMaskedInTheEnd() {
        layer(FIRST, 0.1f, -0.2f);
        layer(SECOND, 3, -4);
        RankBudget budget = budget(Map.of("tfinal", 2));
        for (int step = 1; step <= 6; step++) {
            budget.afterStep(step, 6, values, gradients);
        }
        assertArrayEquals(new float[] {0, 0}, values.get(FIRST.mask()));
        assertArrayEquals(new float[] {1, 1}, values.get(SECOND.mask()));
        assertArrayEquals(new float[] {0, 0}, values.get(FIRST.e()));
        assertArrayEquals(new float[] {1, 1}, values.get(SECOND.e()));
    }

    @Test
    void untilThenWhatIsTakenMayComeBack() {
        layer(FIRST, 0.1f, -0.2f);
        layer(SECOND, 3, -4);
        budget(Map.of()).afterStep(1, 3, values, gradients); // the cubic leaves 2 + ⌊2·(2/3)³⌋ = 2 of 4
        assertArrayEquals(new float[] {0, 0}, values.get(FIRST.e()));
        assertArrayEquals(new float[] {1, 1}, values.get(SECOND.e()));
        assertArrayEquals(new float[] {1, 1}, values.get(FIRST.mask()));
    }

    @Test
    void importanceIsSmoothed() {
        layer(FIRST, 2, 0);
        layer(SECOND, 0, 0);
        values.put(FIRST.a(), new float[] {1, 3, 0, 0});
        gradients.put(FIRST.a(), new float[] {-2, 1, 5, 5});
        values.put(FIRST.b(), new float[] {7, 1, 1, 1});
        gradients.put(FIRST.b(), new float[] {1, 0, 1, 0});
        budget(Map.of("tinit", 5, "beta1", 0.5, "beta2", 0.75)).afterStep(1, 9, values, gradients);
        double raw = 2 + (2 + 3) / 2.0 + (7 + 1) / 2.0;
        assertEquals(raw / 2, values.get(FIRST.importance())[0], 1e-6);
        assertEquals(raw / 2 / 4, values.get(FIRST.uncertainty())[0], 1e-6);
        assertEquals(0, values.get(FIRST.importance())[1]);
        assertArrayEquals(new float[] {1, 1}, values.get(FIRST.e()), "nothing is taken so early");
    }

    @Test
    void theBudgetFallsByACubic() {
        RankBudget budget = budget(Map.of("initR", 10, "targetR", 2, "tinit", 2));
        assertEquals(20, budget.budget(2, 10));
        assertEquals(4 + 2, budget.budget(6, 10));
        assertEquals(4, budget.budget(10, 10));
    }
}
