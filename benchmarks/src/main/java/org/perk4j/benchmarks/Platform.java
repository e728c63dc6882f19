package org.perk4j.benchmarks;

import java.io.IOException;
import java.util.Locale;
import org.perk4j.backend.Backend;
import org.perk4j.backend.cuda.CudaBackend;
import org.perk4j.backend.cuda.Factors;
import org.perk4j.backend.java.JavaBackend;
import org.perk4j.backend.nd4j.Nd4jBackend;
import org.perk4j.backend.nd4j.Nd4jBfloat16Backend;

/** The backend to compute on. */
public enum Platform {
    /** The one for work on a CPU. */
    ND4J,
    /** The same with products of bfloat16. */
    ND4J_BF16,
    /** The one for work on a GPU. */
    CUDA,
    /** The same with products of tfloat32. */
    CUDA_TF32,
    /** The same with products of bfloat16. */
    CUDA_BF16,
    /** The one for tests. */
    JAVA;

    /** The exit code if there is no device, which is no failure to those who only ask. */
    static final int NO_DEVICE = 3;

    /** Prints what the backend of a type computes on; if there is nothing, says on standard error why. */
    public static void main(String[] type) throws IOException {
        try {
            System.out.println(valueOf(type[0].toUpperCase(Locale.ROOT)).backend().device());
        } catch (IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(NO_DEVICE);
        }
    }

    /** @throws IllegalStateException if there is no such device; the message says why, and what to do */
    Backend backend() throws IOException {
        return switch (this) {
            case ND4J -> new Nd4jBackend();
            case ND4J_BF16 -> new Nd4jBfloat16Backend(new Nd4jBackend());
            case CUDA -> CudaBackend.first(Factors.FLOAT32);
            case CUDA_TF32 -> CudaBackend.first(Factors.TFLOAT32);
            case CUDA_BF16 -> CudaBackend.first(Factors.BFLOAT16);
            case JAVA -> new JavaBackend();
        };
    }

    /** Whether tensors lie in a memory of their own, of which the operating system doesn't know. */
    boolean hasMemory() {
        return this == CUDA || this == CUDA_TF32 || this == CUDA_BF16;
    }
}
