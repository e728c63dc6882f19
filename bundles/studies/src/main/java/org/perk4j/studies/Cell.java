package org.perk4j.studies;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.training.TrainJob;

/**
 * A cell of a study's grid: an adapter and a test.
 *
 * @param name     names its file
 * @param trained  what its adapter was trained for, for people; empty if all cells have the same adapter
 * @param tested   what is tested, for people
 * @param training how the adapter is trained; empty if there is one already. Cells may have the same training
 * @param test     how it is tested
 */
record Cell(String name, String trained, String tested, Optional<TrainJob> training, EvaluateJob test) {

    /** @return the two jobs, of which the results are a function, as JSON */
    Map<String, Object> jobs() {
        Map<String, Object> jobs = new LinkedHashMap<>();
        jobs.put("train", training.orElse(null));
        jobs.put("evaluate", test);
        return jobs;
    }

    /** @return its place in the grid, for people */
    String label() {
        return trained.isEmpty() || trained.equals(tested) ? tested : trained + ", tested on " + tested;
    }
}
