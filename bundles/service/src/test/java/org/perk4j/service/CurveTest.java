package org.perk4j.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CurveTest {

    @Test
    void aCurveHasNotTooManyStepsAndAllValidations() throws IOException {
        StringBuilder log = new StringBuilder();
        for (int step = 1; step <= 5_003; step++) {
            log.append("{\"step\":").append(step).append(",\"loss\":1.5")
                    .append(step == 7 ? ",\"validationLoss\":2" : "").append("}\n");
        }
        log.append("{\"step\":5004,\"lo");
        List<Map<String, Object>> curve = Curve.of(log.toString());
        assertTrue(curve.size() <= 1_001, curve.size() + " steps");
        assertEquals(5_003.0, curve.get(curve.size() - 1).get("step"));
        assertTrue(curve.stream().anyMatch(step -> Double.valueOf(2).equals(step.get("validationLoss"))));
        assertEquals(List.of(), Curve.of(""));
    }
}
