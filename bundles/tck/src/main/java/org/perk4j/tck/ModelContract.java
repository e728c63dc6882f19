package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.model.Adaptation;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.Tokens;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Tensor;

/**
 * Tests of what every {@link Model} must do. Extend this, name the types of models, and put small models that Hugging Face
 * made among the test's resources, if it has the architecture (see {@link SmallModel}). If PEFT saved adapters of these,
 * {@link PeftContract} compares them.
 */
@ConsumerType
public abstract class ModelContract {

    /** @return the type under test that has this {@code model_type} */
    protected abstract ModelType type(String modelType);

    /**
     * @return the folders of models among the resources; each reads 32 tokens or more. None if there is no other
     *         implementation of the architecture: then there is nothing to compare with, and what needs a model's weights is
     *         tested on {@link #blocks two blocks} with random ones
     */
    protected abstract List<String> references();

    /**
     * @return the coarsest type in which parts of the references were computed. How much hidden states and logits may differ
     *         from them, relative to the largest, follows from it: {@code 4·(layers + 1)·√width·(u₁ + u₂)}, with the
     *         roundings u of this type and of that of the test, 2⁻²⁴ in float32 and 2⁻⁵³ in float64
     */
    protected DType precisionOfReferences() {
        return DType.FLOAT64;
    }

    /** @return names of the models that {@link #oneBlock} makes */
    protected abstract List<String> variants();

    /** @return a model of one block that knows 11 tokens and reads 6 */
    protected abstract Model oneBlock(String variant);

    /** @return a model of {@code count} blocks that knows 11 tokens and reads 20 */
    protected abstract Model blocks(int count);

    /** @return what differentiates */
    protected abstract Autodiff autodiff();

    /** See {@link ModelReferenceContract}. */
    @Nested
    class References extends ModelReferenceContract {
        @Override
        ModelContract subject() {
            return ModelContract.this;
        }
    }

    /** See {@link BlockDerivativeContract}. */
    @Nested
    class Derivatives extends BlockDerivativeContract {
        @Override
        ModelContract subject() {
            return ModelContract.this;
        }
    }

    /** See {@link SequenceContract}. */
    @Nested
    class Sequences extends SequenceContract {
        @Override
        ModelContract subject() {
            return ModelContract.this;
        }
    }

    /** @return the first reference; without any, a model of two blocks */
    SmallModel small(DType dtype) throws IOException {
        return references().isEmpty() ? SmallModel.random(blocks(2), dtype)
                : SmallModel.open(this::type, references().get(0), dtype);
    }

    double tolerance(Model model, DType dtype) {
        return Rounding.ofModel(model.size(), dtype, precisionOfReferences());
    }

    /** Reading without differentiation holds one block's values at a time. */
    @Test
    void readingTakesNoMoreMemoryForMoreLayers() {
        assertEquals(bytesToRead(2), bytesToRead(9));
    }

    private long bytesToRead(int layers) {
        Model model = blocks(layers);
        try (Compute compute = new JavaCompute(DType.FLOAT32)) {
            List<ParameterSpec> specs = model.parameters();
            Parameters weights = new Parameters(specs.stream().map(ParameterSpec::name).toList(),
                    specs.stream().map(p -> compute.fill(p.shape(), ((Initial.Normal) p.initial()).mean())).toList());
            long before = compute.memory().liveBytes();
            Tensor hidden = model.hidden(compute, weights, Tokens.of(List.of(new int[20])), Adaptation.NONE);
            assertEquals(before + hidden.shape().size() * Float.BYTES, compute.memory().liveBytes());
            return compute.memory().peakBytes() - before;
        }
    }
}
