package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Options;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugins;

/** A validation tells the loss and asks questions, of the same memories. */
class ValidationTest {

    @TempDir
    private static Path folder;

    private final Map<String, Integer> calls = new HashMap<>();

    @Test
    void eachEpisodeIsEncodedOnce() throws IOException {
        Path job = Files.writeString(folder.resolve("train.json"), """
                {"base": "%s", "backend": "java", "adapter": {"type": "lora", "rank": 2}, "optimizer": "sgd",
                 "objective": {"type": "perk", "steps": 1, "learningRate": 0.1},
                 "stages": [{"steps": 1, "task": {"type": "student-records", "records": 2, "questions": 2}}],
                 "validation": {"episodes": 3, "answers": 4, "answerTokens": 2}, "output": "%s"}
                """.formatted(SmallRun.base(folder, 0.3), folder.resolve("trained")));
        TrainingOutcome outcome = new MetaTraining(new Counting(), new ReverseMode())
                .run(Options.read(job, TrainJob.class), false, Progress.NONE, () -> false);
        assertEquals(3, calls.get("encode"));
        assertEquals(3, calls.get("loss"));
        assertTrue(Double.isFinite(outcome.bestLoss()) && Double.isFinite(outcome.exactMatch()), outcome::toString);
    }

    /** Counts what is asked of the objective. */
    private final class Counting implements Plugins {

        private final Plugins plugins = new SmallPlugins();

        @Override
        public <T> Lease<T> lease(Class<T> kind, String type) {
            Lease<T> lease = plugins.lease(kind, type);
            return new Lease<>() {

                @Override
                public T get() {
                    return kind == ObjectiveType.class ? counted(kind, lease.get()) : lease.get();
                }

                @Override
                public String bundle() {
                    return lease.bundle();
                }

                @Override
                public void close() {
                    lease.close();
                }
            };
        }

        private <T> T counted(Class<T> kind, T object) {
            return kind.cast(Proxy.newProxyInstance(kind.getClassLoader(), new Class<?>[] {kind},
                    (proxy, method, arguments) -> {
                        calls.merge(method.getName(), 1, Integer::sum);
                        Object result = method.invoke(object, arguments);
                        return result instanceof MetaObjective objective ? counted(MetaObjective.class, objective)
                                : result;
                    }));
        }

        @Override
        public List<String> types(Class<?> kind) {
            return plugins.types(kind);
        }
    }
}
