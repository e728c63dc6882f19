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

/** An adapter for one model: its parameters and their effect. The values are passed in. Immutable and thread-safe. */
@ConsumerType
public interface Adapter {

    /**
     * @return its parameters in a fixed order, with names and shapes as in Hugging Face PEFT's
     *         {@code adapter_model.safetensors}, their initial values, and whether they are learned
     */
    List<ParameterSpec> parameters();

    /**
     * @param values   as {@link #parameters()} lists them; may be variables or carry tangents
     * @param dropout  the dropout of a training pass, or {@link Dropout#NONE}
     * @return the adapter's effect on the model
     */
    Adaptation with(Parameters values, Dropout dropout);

    /**
     * @return how many {@linkplain Adaptation#virtualTokens virtual tokens} its adaptations have; a text can have that many
     *         tokens fewer
     */
    default int virtualTokens() {
        return 0;
    }

    /** @return the content of PEFT's {@code adapter_config.json}, without {@code base_model_name_or_path} */
    Map<String, Object> configuration();

    /**
     * A penalty that is added to the context's loss in each inner step, such as AdaLoRA's for orthogonality. It is
     * differentiated twice, as the loss is.
     *
     * @param values as {@link #parameters()} lists them; may be variables or carry tangents
     * @return {@code 1×1}, owned by the innermost open scope; empty for nothing
     */
    default Optional<Tensor> penalty(Ops ops, Parameters values) {
        return Optional.empty();
    }

    /**
     * Called by meta-training after each of its steps; may change values, as AdaLoRA's choice of ranks does. State that must
     * survive from step to step belongs in parameters that aren't learned, because these are saved with the others.
     *
     * @param step      the number of the step, counted from 1
     * @param steps     the number of steps of the whole training
     * @param values    the elements of each parameter, by name; may be changed in place
     * @param gradients the step's gradients, by the same names
     */
    default void afterStep(long step, long steps, Map<String, float[]> values, Map<String, float[]> gradients) {
    }

    /**
     * Converts this adapter for storage, if files should hold an equivalent one that others can read. PiSSA, for example, is
     * stored as a plain LoRA of twice the rank, which doesn't depend on the initial values.
     *
     * @param compute makes the values of the stored adapter, which belong to the innermost open scope
     * @param values  as {@link #parameters()} lists them
     * @return the adapter to store; empty to store this one with these values
     */
    default Optional<Kept> kept(Compute compute, Parameters values) {
        return Optional.empty();
    }

    /**
     * An adapter with its values, as files hold them.
     *
     * @param options the options of the same type that make the adapter, as in a job
     * @param adapter the adapter that is stored
     * @param values  as its {@link Adapter#parameters()} lists them
     */
    record Kept(Map<String, Object> options, Adapter adapter, Parameters values) {
    }
}
