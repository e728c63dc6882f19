package org.perk4j.meta;

import java.util.List;
import java.util.function.IntConsumer;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;

/** Defines what meta-training learns, how contexts are encoded, and the meta-gradient. Immutable and thread-safe. */
@ConsumerType
public interface MetaObjective {

    /** @return all learned parameters with their initial values, in a fixed order */
    List<ParameterGroup> groups(Learner learner);

    /** @return the parameters of all groups, under their full names */
    default List<ParameterSpec> parameters(Learner learner) {
        return groups(learner).stream().flatMap(group -> group.named().stream()).toList();
    }

    /**
     * Encodes a context: runs the inner loop, without differentiating through it. Memory does not grow with the context.
     *
     * @param meta     the learned parameters, as {@link #parameters} lists them
     * @param segments the context
     * @param progress called after each segment with the number of segment passes done so far, of {@link #encodingPasses}
     * @return the adapter's parameters, owned by the innermost open scope of the learner's compute, and the context's
     *         losses, which the caller must check: they may have risen or not be finite
     * @throws IllegalArgumentException if there are no segments
     */
    Encoding encode(Learner learner, Parameters meta, List<EncodedText> segments, IntConsumer progress);

    /** @return the number of segment passes that {@link #encode} takes for a context with this number of segments */
    long encodingPasses(int segments);

    /**
     * Encodes an episode's context, asks its questions and differentiates the answers' negative log-likelihood through
     * the encoding; with it that of the episode's retained text, if there is one and the objective has such a term.
     *
     * @return the gradient with respect to {@code meta}, owned by the innermost open scope of the learner's compute
     */
    MetaGradient gradient(Learner learner, Parameters meta, EncodedEpisode episode);

    /**
     * The loss of {@link #gradient} only, without dropout, of a context that is already encoded: for validation.
     *
     * @param adapter the adapter that {@link #encode} returned for the episode's context
     * @param answers the episode's answers
     * @return the mean negative log-likelihood of the answers' tokens, in nats
     * @throws IllegalArgumentException if no token of the answers is to be predicted
     */
    double loss(Learner learner, Parameters adapter, List<EncodedText> answers);
}
