package org.perk4j.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.Json;

/** The learning curve of a training, from its log. */
final class Curve {

    /** Enough points for a plot, few enough for a browser to fetch repeatedly. */
    private static final int MOST = 1_000;
    private static final String VALIDATED = "\"validationLoss\"";
    private static final List<String> KEYS = List.of("step", "loss", "accuracy", "validationLoss", "exactMatch");

    private Curve() {
    }

    /**
     * @param log lines of JSON, the last of which may be incomplete
     * @return the last step, all that were validated, and every n-th of the others, so that there aren't too many
     */
    static List<Map<String, Object>> of(String log) throws IOException {
        List<String> lines = log.substring(0, log.lastIndexOf('\n') + 1).lines().toList();
        int every = (lines.size() + MOST - 1) / MOST;
        List<Map<String, Object>> steps = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if ((lines.size() - 1 - i) % every == 0 || lines.get(i).contains(VALIDATED)) {
                Map<String, Object> step = new LinkedHashMap<>();
                Map<String, Object> line = Json.parseObject(lines.get(i));
                KEYS.forEach(key -> step.put(key, line.get(key)));
                steps.add(step);
            }
        }
        return steps;
    }
}
