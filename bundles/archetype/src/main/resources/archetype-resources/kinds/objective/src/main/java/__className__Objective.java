package ${package};

import java.util.List;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.innerloop.InnerLoop;
import org.perk4j.innerloop.LoopObjective;
import org.perk4j.innerloop.ProductBudget;
import org.perk4j.innerloop.Rates;
import org.perk4j.innerloop.Roles;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.model.Parameters;

/**
 * MAML (Finn, Abbeel, Levine 2017, arXiv 1703.03400): learns where the adapter starts from, by the exact gradient of the
 * answers' loss through the steps that encode the context. The inner loop is Perk4J's; this says what is learned, and by
 * which gradient.
 */
final class ${className}Objective extends LoopObjective {

    private final ${className}Options options;

    ${className}Objective(${className}Options options) {
        super(options.loop());
        this.options = options;
    }

    /** The steps move all of the adapter, and all tokens weigh the same. */
    @Override
    protected InnerLoop loop(Learner learner) {
        return new InnerLoop(learner, loopOptions(), new Roles(learner.adapter(), parameter -> true, List.of()),
                Rates.fixed(options.learningRate()), null);
    }

    @Override
    public MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode) {
        return loop(learner).gradient(meta, episode, options.steps(), ProductBudget.NONE); // back through all steps
    }
}
