package ${package};

import java.util.List;
import java.util.function.IntConsumer;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
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
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.Parameters;

/**
 * MAML (Finn, Abbeel, Levine 2017, arXiv 1703.03400): where the adapter starts from is learned, by the answers' exact
 * gradient through the steps that encode the context. The inner loop is Perk4J's; what is learned and by what gradient is
 * said here.
 */
record ${className}Objective(${className}Options options) implements MetaObjective {

    private LoopOptions loopOptions() {
        return new LoopOptions(options.steps(), options.bound(), 0, Mean.ROOT_SEGMENTS, options.microBatchTokens(), 0);
    }

    /** All of the adapter is moved by the steps, all tokens weigh the same. */
    private InnerLoop loop(Learner learner) {
        return new InnerLoop(learner, loopOptions(), new Roles(learner.adapter(), parameter -> true, List.of()),
                Rates.fixed(options.learningRate()), null);
    }

    @Override
    public List<ParameterGroup> groups(Learner learner) {
        return List.of(new ParameterGroup(ParameterGroup.ADAPTER, learner.adapter().parameters()));
    }

    @Override
    public long encodingPasses(int segments) {
        return InnerLoop.passes(loopOptions(), segments);
    }

    @Override
    public Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress) {
        return loop(learner).encode(meta, segments, progress);
    }

    @Override
    public double loss(Learner learner, Parameters adapter, List<EncodedText> answers) {
        return loop(learner).loss(adapter, answers);
    }

    @Override
    public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
        return loop(learner).gradient(meta, episode, options.steps(), ProductBudget.NONE); // back through all steps
    }
}
