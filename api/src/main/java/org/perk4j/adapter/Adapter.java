package org.perk4j.adapter;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.backend.Compute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Tensor;

/** An adapter for one model: which parameters it has and what they do. Its values are passed in. Immutable, thread-safe. */
@ConsumerType
public interface Adapter {

    /**
     * @return its parameters in a fixed order, named and shaped as Hugging Face PEFT has them in
     *         {@code adapter_model.safetensors}, how they begin and whether they are learned
     */
    List<ParameterSpec> parameters();

    /**
     * @param values   as {@link #parameters()} lists them; may be variables or carry tangents
     * @param dropout  what to drop during training, or {@link Dropout#NONE}
     * @return what it does to the model's layers
     */
    Adaptation with(Parameters values, Dropout dropout);

    /**
     * @return how many {@linkplain Adaptation#virtualTokens virtual tokens} its adaptations have: so many positions fewer
     *         are left for a text
     */
    default int virtualTokens() {
        return 0;
    }

    /** @return the content of PEFT's {@code adapter_config.json}, without {@code base_model_name_or_path} */
    Map<String, Object> configuration();

    /**
     * What is added to the loss of each inner step besides the context's, such as AdaLoRA's orthogonality. Differentiated
     * twice, as the loss is.
     *
     * @param values as {@link #parameters()} lists them; may be variables or carry tangents
     * @return {@code 1×1}, owned by the innermost open scope; empty for nothing
     */
    default Optional<Tensor> penalty(Ops ops, Parameters values) {
        return Optional.empty();
    }

    /**
     * What meta-training does to the values after each of its steps, beside the step itself, such as AdaLoRA's choice of
     * ranks. What has to be known from step to step belongs to the values that are not learned: they are saved with the
     * others.
     *
     * @param step      that was made, counted from 1
     * @param steps     of the whole training
     * @param values    the elements of each parameter by its name, to be changed in place
     * @param gradients those of the step, by the same names
     */
    default void afterStep(long step, long steps, Map<String, float[]> values, Map<String, float[]> gradients) {
    }

    /**
     * Files hold an adapter as it is, unless this has another that does the same and that others can read: PiSSA, say, is
     * kept as a plain LoRA of twice the rank, for which nobody needs to know how it began.
     *
     * @param compute makes the other's values, which belong to the innermost open scope
     * @param values  as {@link #parameters()} lists them
     * @return what is kept instead; empty to keep this with these values
     */
    default Optional<Kept> kept(Compute compute, Parameters values) {
        return Optional.empty();
    }

    /**
     * An adapter with its values, as files hold them.
     *
     * @param options of the same type, as a job has them, that make the adapter
     * @param adapter that is kept
     * @param values  as its {@link Adapter#parameters()} lists them
     */
    record Kept(Map<String, Object> options, Adapter adapter, Parameters values) {
    }
}
