package org.perk4j.innerloop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.data.EncodedText;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ParameterGroup;
import org.perk4j.model.Parameters;

/**
 * An objective that encodes contexts by an {@link InnerLoop}. A subclass defines the loop and {@linkplain #gradient the
 * meta-gradient}; like this class, it must be immutable and thread-safe.
 */
@ConsumerType
public abstract class LoopObjective implements MetaObjective {

    private final LoopOptions loopOptions;

    /** @param loopOptions the options of the inner loop */
    protected LoopObjective(LoopOptions loopOptions) {
        this.loopOptions = loopOptions;
    }

    /** @return the options of the inner loop */
    protected final LoopOptions loopOptions() {
        return loopOptions;
    }

    /** @return the inner loop of a learner, with {@link #loopOptions} */
    protected abstract InnerLoop loop(Learner learner);

    /** @return the adapter's parameters, and what else the loop has that is learned: rates, and the weighting of tokens */
    @Override
    public List<ParameterGroup> groups(Learner learner) {
        InnerLoop loop = loop(learner);
        List<ParameterGroup> groups = new ArrayList<>();
        groups.add(new ParameterGroup(ParameterGroup.ADAPTER, learner.adapter().parameters()));
        if (!loop.rates().parameters().isEmpty()) {
            groups.add(new ParameterGroup(ParameterGroup.RATES, loop.rates().parameters()));
        }
        if (loop.weighting() != null) {
            groups.add(new ParameterGroup(ParameterGroup.WEIGHTING, loop.weighting().parameters()));
        }
        return groups;
    }

    @Override
    public long encodingPasses(int segments) {
        return InnerLoop.passes(loopOptions, segments);
    }

    @Override
    public Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress) {
        return loop(learner).encode(meta, segments, progress);
    }

    @Override
    public double loss(Learner learner, Parameters adapter, List<EncodedText> answers) {
        return loop(learner).loss(adapter, answers);
    }
}
