package org.perk4j.service;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.formats.Json;

/** How a training went, from its log. */
final class Curve {

    /** As many as a plot can show, and a browser fetches again and again. */
    private static final int MOST = 1_000;
    private static final String VALIDATED = "\"validationLoss\"";
    private static final List<String> KEYS = List.of("step", "loss", "accuracy", "validationLoss", "exactMatch");

    private Curve() {
    }

    /**
     * @param log lines of JSON, of which the last may be half written
     * @return the last step, all that were validated, and of the others each so many-th, so that they aren't too many
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
