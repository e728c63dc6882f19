package org.perk4j.meta;

import java.util.List;
import java.util.function.IntConsumer;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;

/** What meta-training learns, how contexts are encoded, and the gradient to learn by. Immutable and thread-safe. */
@ConsumerType
public interface MetaObjective {

    /** @return everything it learns, with the initial distribution; the order is fixed */
    List<ParameterGroup> groups(Learner learner);

    /** @return the parameters of all groups, under their full names */
    default List<ParameterSpec> parameters(Learner learner) {
        return groups(learner).stream().flatMap(group -> group.named().stream()).toList();
    }

    /**
     * Encodes a context: the inner loop, without differentiating through it. Memory does not grow with the context.
     *
     * @param meta     the learned parameters, as {@link #parameters} lists them
     * @param segments the context
     * @param progress told after each segment how many segment passes are done, of {@link #encodingPasses}
     * @return the adapter's parameters, owned by the innermost open scope of the learner's compute, and the context's
     *         losses, whatever they are: it is for the caller to look at them
     * @throws IllegalArgumentException if there are no segments
     */
    Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress);

    /** @return the segment passes of {@link #encode} for a context of so many segments */
    long encodingPasses(int segments);

    /**
     * Encodes an episode's context, asks its questions and differentiates the answers' negative log-likelihood through
     * the encoding.
     *
     * @return the gradient by {@code meta}, owned by the innermost open scope of the learner's compute
     */
    MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode);

    /**
     * The loss of {@link #gradient} alone, without dropout, once the context is encoded: for validation.
     *
     * @param adapter what {@link #encode} made of the episode's context
     * @param answers the episode's
     * @return the mean negative log-likelihood of the answers' tokens, in nats
     * @throws IllegalArgumentException if no token of the answers is to be predicted
     */
    double loss(Learner learner, Parameters adapter, List<EncodedText> answers);
}
