package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopOptions;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.ProductBudget;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.Parameters;
import org.perk4j.plugin.NoOptions;
import org.perk4j.tensor.Tensor;

/** What is wrong with an objective is found. */
class ObjectiveContractTest {

    /** MAML, sound; each test makes something wrong of it. */
    private static class Maml implements MetaObjective {

        private static final int STEPS = 2;

        static InnerLoop loop(Learner learner, int steps) {
            return loop(learner, steps, 0.3);
        }

        static InnerLoop loop(Learner learner, int steps, double rate) {
            return new InnerLoop(learner, new LoopOptions(steps, 0, 0, Mean.TOKENS, 1, 0),
                    new Roles(learner.adapter(), parameter -> true, List.of()), Rates.fixed(rate), null);
        }

        @Override
        public List<ParameterGroup> groups(Learner learner) {
            return List.of(new ParameterGroup(ParameterGroup.ADAPTER, learner.adapter().parameters()));
        }

        @Override
        public Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress) {
            return loop(learner, STEPS).encode(meta, segments, progress);
        }

        @Override
        public long encodingPasses(int segments) {
            return 3L * segments;
        }

        @Override
        public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
            return gradient(learner, meta, episode, STEPS);
        }

        MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode, int unrolled) {
            return loop(learner, STEPS).gradient(meta, episode, unrolled, ProductBudget.NONE);
        }

        @Override
        public double loss(Learner learner, Parameters adapter, List<EncodedText> answers) {
            return loop(learner, STEPS).loss(adapter, answers);
        }
    }

    private static final class Contract extends ObjectiveContract {

        private final MetaObjective objective;

        Contract(MetaObjective objective) {
            this.objective = objective;
        }

        @Override
        protected ObjectiveType<?> type() {
            return new ObjectiveType<NoOptions>() {

                @Override
                public Class<NoOptions> options() {
                    return NoOptions.class;
                }

                @Override
                public MetaObjective create(NoOptions options) {
                    return objective;
                }
            };
        }

        @Override
        protected List<Map<String, ?>> options() {
            return List.of(Map.of());
        }

        @Override
        protected Map<String, Map<String, ?>> refused() {
            return Map.of();
        }

        @Override
        protected Autodiff autodiff() {
            return new ReverseMode();
        }
    }

    private static void assertFails(BiConsumer<ObjectiveContract, Map<String, ?>> test, MetaObjective objective) {
        test.accept(new Contract(new Maml()), Map.of());
        assertThrows(AssertionFailedError.class, () -> test.accept(new Contract(objective), Map.of()));
    }

    @Test
    void aGradientOfFirstOrderIsNoSlope() {
        assertFails(ObjectiveContract::theGradientIsTheSlopeOfTheLoss, new Maml() {
            @Override
            public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
                return gradient(learner, meta, episode, 0);
            }
        });
    }

    @Test
    void oneStepMoreThanInTrainingIsFound() {
        Maml more = new Maml() {
            @Override
            public Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress) {
                return loop(learner, 3).encode(meta, segments, progress);
            }
        };
        assertFails(ObjectiveContract::encodingLeadsToWhereTheGradientIsTaken, more);
        assertFails(ObjectiveContract::progressEndsWhereItWasSaidToEnd, more);
    }

    @Test
    void retentionWithoutAPartInTheGradientIsFound() {
        assertFails(ObjectiveContract::retentionIsToldWhereARetainedTextHasAPartInTheGradient, new Maml() {
            @Override
            public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
                MetaGradient g = super.gradient(learner, meta,
                        new EncodedEpisode(episode.key(), episode.segments(), episode.answers()));
                return new MetaGradient(g.loss(), g.accuracy(), episode.retained().isPresent() ? 0.5 : Double.NaN,
                        g.tokens(), g.gradient());
            }
        });
    }

    @Test
    void dropoutInValidationIsFound() {
        assertFails(ObjectiveContract::lossesAreWithoutDropout, new Maml() {
            @Override
            public double loss(Learner learner, Parameters adapter, List<EncodedText> answers) {
                EncodedEpisode episode = new EncodedEpisode(0, answers, answers);
                Parameters meta = new Parameters(adapter.names().stream().map("adapter."::concat).toList(),
                        adapter.tensors());
                return loop(learner, 1, 0).gradient(meta, episode, 0, ProductBudget.NONE).loss();
            }
        });
    }

    @Test
    void aFrozenParameterThatMovesIsFound() {
        assertFails(ObjectiveContract::whatIsNotLearnedStaysAsItIs, new Maml() {
            @Override
            public Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress) {
                Encoding encoding = super.encode(learner, meta, segments, progress);
                List<Tensor> moved = encoding.adapter().tensors().stream()
                        .map(each -> learner.compute().scale(each, 1.1)).toList();
                return new Encoding(encoding.adapter().with(moved), encoding.losses());
            }
        });
    }

    @Test
    void tensorsThatAreKeptAreFound() {
        assertFails(ObjectiveContract::nothingIsLeftBehind, new Maml() {
            @Override
            public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
                meta.tensors().forEach(each -> learner.compute().scale(each, 1));
                return super.gradient(learner, meta, episode);
            }
        });
    }

    @Test
    void drawsThatDependOnAnythingButTheEpisodeAreFound() {
        assertFails(ObjectiveContract::everythingRepeatsItselfToTheBit, new Maml() {

            private int calls;

            @Override
            public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
                return super.gradient(learner, meta, new EncodedEpisode(++calls, episode.segments(), episode.answers()));
            }
        });
    }
}
