package org.perk4j.backend.nd4j;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.plugin.Provides;
import org.perk4j.tensor.DType;

/**
 * The CPU like {@link Nd4jBackend}, with the same threads and memory, but the factors of large products are rounded to
 * bfloat16, and the sums are floats: faster, less exact. For processors with instructions for that.
 */
@Component
@Provides(kind = "backend", type = "nd4j-bf16")
public final class Nd4jBfloat16Backend implements Backend {

    private final Nd4jBackend unrounded;

    /** Called by Declarative Services, or by a program without a framework. */
    @Activate
    public Nd4jBfloat16Backend(@Reference Nd4jBackend unrounded) {
        this.unrounded = unrounded;
    }

    @Override
    public String device() {
        return unrounded.device() + ", products of bfloat16";
    }

    /** @throws IllegalStateException if the machine lacks the requirements; the message says which, and what to do */
    @Override
    public Compute open(DType dtype) {
        String lacking = unrounded.lackingForBfloat16();
        if (lacking != null) {
            throw new IllegalStateException("the backend nd4j-bf16 can't be used here: " + lacking + ": choose nd4j");
        }
        return unrounded.open(dtype, true);
    }
}
