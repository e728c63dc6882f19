package org.perk4j.training;

import java.util.List;
import java.util.function.IntConsumer;
import org.perk4j.data.EncodedText;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaObjective;
import org.perk4j.model.Parameters;

/** An objective of which a test needs the gradients of episodes alone. */
abstract class GradientObjective implements MetaObjective {

    @Override
    public Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long encodingPasses(int segments) {
        throw new UnsupportedOperationException();
    }

    @Override
    public double loss(Learner learner, Parameters adapter, List<EncodedText> answers) {
        throw new UnsupportedOperationException();
    }
}
