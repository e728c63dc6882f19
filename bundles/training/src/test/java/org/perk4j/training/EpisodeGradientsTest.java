package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Options;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;

/** Episodes that are computed side by side: nobody sees it but the clock. */
class EpisodeGradientsTest {

    private static final int EPISODES = 7;
    private static final ParameterSpec SPEC = new ParameterSpec("x", new Shape(1, 2), 0, 0);

    @TempDir
    private Path folder;

    /** Plain Java that can have company. */
    private static final class Roomy implements Backend {

        private final List<Compute> open = new ArrayList<>();
        private final long spareBytes;

        Roomy(long spareBytes) {
            this.spareBytes = spareBytes;
        }

        @Override
        public String device() {
            return "roomy";
        }

        @Override
        public Compute open(DType dtype) {
            Compute compute = new JavaCompute(dtype);
            Compute roomy = (Compute) Proxy.newProxyInstance(Compute.class.getClassLoader(), new Class<?>[] {Compute.class},
                    (proxy, method, arguments) -> {
                        switch (method.getName()) {
                            case "beside":
                                return Optional.of(open(dtype));
                            case "spareBytes":
                                return spareBytes;
                            case "close":
                                open.remove(proxy);
                                break;
                            case "equals":
                                return proxy == arguments[0];
                            default:
                                break;
                        }
                        try {
                            return method.invoke(compute, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
            open.add(roomy);
            return roomy;
        }
    }

    /** The gradient of episode i is (1/(i+1), 10^i), whose sum depends on the order. */
    private static class Known extends GradientObjective {

        final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        private final AtomicInteger calls = new AtomicInteger();

        /** @param episode the number of an episode of the second step; the first tells what an episode takes */
        void second(long episode) {
        }

        @Override
        public List<ParameterGroup> groups(Learner learner) {
            return List.of(new ParameterGroup("any", List.of(SPEC)));
        }

        @Override
        public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
            threads.add(Thread.currentThread());
            if (calls.incrementAndGet() > EPISODES) {
                second(episode.key());
            }
            double i = episode.key();
            assertArrayEquals(new double[] {3, 4}, learner.compute().download(meta.get("x")));
            assertArrayEquals(new double[] {5}, learner.compute().download(learner.weights().get("w")));
            return new MetaGradient(1 / (i + 1), 1 / (i + 3), (long) i, meta.with(List.of(
                    learner.compute().constant(SPEC.shape(), 1 / (i + 1), Math.pow(10, i)))));
        }
    }

    /** Their lengths are not in the order of their numbers. */
    private static EncodedEpisode episode(int number) {
        return new EncodedEpisode(number, List.of(new EncodedText(new int[1 + number * 3 % EPISODES], 1)), List.of());
    }

    /** @return loss, accuracy, tokens and gradient of the second step */
    private static double[] sum(MetaObjective objective, int most, Roomy backend) {
        try (Compute compute = backend.open(DType.FLOAT32)) {
            Learner learner = new Learner(compute, null, null,
                    new Parameters(List.of("w"), List.of(compute.constant(Shape.SCALAR, 5))), null, null);
            Parameters meta = new Parameters(List.of("x"), List.of(compute.constant(SPEC.shape(), 3, 4)));
            EpisodeGradients gradients = new EpisodeGradients(learner, objective, most);
            try (gradients) {
                EpisodeGradients.Sum sum = null;
                for (int step = 0; step < 2; step++) {
                    sum = gradients.of(meta, EPISODES, EpisodeGradientsTest::episode, (c, row) -> row);
                }
                double[] gradient = compute.download(sum.gradient());
                return new double[] {sum.loss(), sum.accuracy(), sum.tokens(), gradient[0], gradient[1]};
            }
        } finally {
            assertEquals(List.of(), backend.open, "all are closed");
        }
    }

    @Test
    void theSumIsTheSameHoweverManyAreComputedAtOnce() {
        double[] alone = sum(new Known(), 1, new Roomy(1 << 20));
        for (int most : new int[] {2, 3, EPISODES, EPISODES + 2}) {
            Known objective = new Known();
            assertArrayEquals(alone, sum(objective, most, new Roomy(1 << 20)), most + " at once");
            assertTrue(objective.threads.size() > 1);
        }
    }

    /** Each waits for the others, so it would never end if one came after another. */
    @Test
    void asManyAreComputedAtOnceAsMayBe() {
        CyclicBarrier all = new CyclicBarrier(EPISODES);
        MetaObjective objective = new Known() {

            @Override
            void second(long episode) {
                try {
                    all.await(1, TimeUnit.MINUTES);
                } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                    throw new AssertionError(e);
                }
            }
        };
        sum(objective, EPISODES, new Roomy(1 << 20));
    }

    @Test
    void withoutRoomTheyAreComputedOneAfterAnother() {
        Known objective = new Known();
        sum(objective, EPISODES, new Roomy(0));
        assertEquals(Set.of(Thread.currentThread()), objective.threads);
    }

    @Test
    void whatOneFailsWithIsWhatTheStepFailsWith() {
        RuntimeException failure = new IllegalStateException("as wanted");
        for (int which : new int[] {0, 3}) {
            MetaObjective objective = new Known() {

                @Override
                void second(long episode) {
                    if (episode == which) {
                        throw failure;
                    }
                }
            };
            assertSame(failure, assertThrows(RuntimeException.class, () -> sum(objective, 4, new Roomy(1 << 20))));
        }
    }

    @Test
    void aRunEndsBitForBitAsOnOneComputation() throws Exception {
        Path base = SmallRun.base(folder, 0.3);
        for (Map.Entry<String, Long> run : Map.of("alone", 0L, "together", 1L << 30).entrySet()) {
            new MetaTraining(new SmallPlugins(new Roomy(run.getValue())), new ReverseMode()).run(Options.read(
                    SmallRun.trainJob(folder, base, run.getKey()), TrainJob.class), false, Progress.NONE, () -> false);
        }
        assertEquals(-1, Files.mismatch(folder.resolve("alone").resolve(TrainedAdapter.PARAMETERS),
                folder.resolve("together").resolve(TrainedAdapter.PARAMETERS)));
    }
}
