package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many episodes in one process: what one step takes is given back before the next. */
class FlatMemoryIT {

    private static final int STEPS = 30;

    @TempDir
    private Path folder;

    @Test
    @SuppressWarnings("unchecked")
    void eachStepOfTrainingLeavesTheMemoryOfTheBackendAsItWas() throws Exception {
        Path job = Files.writeString(folder.resolve("job.json"), """
                {"base": "%s", "output": "%s", "adapter": {"type": "lora", "rank": 4, "dropout": 0.1},
                 "objective": {"type": "perk", "steps": 2},
                 "stages": [{"steps": %d, "task": {"type": "student-records", "records": 3, "questions": 2}}],
                 "validation": {"every": 7, "episodes": 1, "answers": 1, "answerTokens": 3}}
                """.formatted(Perk.INSTALLATION.resolve("quickstart/base"), folder.resolve("output"), STEPS));
        try (Container container = new Container(folder.resolve("storage"))) {
            List<long[]> steps = ((Function<Path, List<long[]>>) container.inside(WatchedTraining.class, Function.class))
                    .apply(job);
            assertEquals(STEPS, steps.size());
            long live = steps.get(0)[0];
            assertTrue(live > 1_000_000, "the base's weights are there: " + live);
            steps.forEach(step -> assertEquals(live, step[0], "bytes held after a step"));
            // Texts differ in length, by a few tokens.
            assertTrue(steps.get(STEPS - 1)[1] < 1.1 * steps.get(STEPS / 3)[1], "the most that was ever held");
        }
    }
}
