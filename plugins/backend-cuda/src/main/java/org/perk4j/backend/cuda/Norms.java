package org.perk4j.backend.cuda;

/** Layer norm and RMS norm. */
final class Norms {

    /** A block takes a row that is as long, unless there are many: then a warp does. */
    private static final int LONG = Stream.BLOCK;
    private static final int MANY = 1024;

    private final Kernels kernels;
    private final Memory memory;
    private final Reductions reductions;

    Norms(Kernels kernels, Memory memory, Reductions reductions) {
        this.kernels = kernels;
        this.memory = memory;
        this.reductions = reductions;
    }

    /** @param bias null for an RMS norm */
    void forward(CudaTensor r, CudaTensor x, CudaTensor gain, CudaTensor bias, double epsilon) {
        if (x.columns() >= LONG && x.rows() <= MANY) {
            kernels.launch("normalizeLong", x.rows(), r, x, gain, bias, epsilon, x.columns());
        } else {
            kernels.rows("normalize", x.rows(), r, x, gain, bias, epsilon, x.rows(), x.columns());
        }
    }

    /** @param centred whether it is a layer norm */
    void inputGradient(CudaTensor r, CudaTensor x, CudaTensor gain, CudaTensor gradient, boolean centred, double epsilon) {
        inputGradient(r, null, null, x, gain, gradient, centred, epsilon);
    }

    private void inputGradient(CudaTensor r, CudaTensor means, CudaTensor factors, CudaTensor x, CudaTensor gain,
                               CudaTensor gradient, boolean centred, double epsilon) {
        kernels.rows("normGradient", x.rows(), r, means, factors, x, gain, gradient, centred ? 1 : 0, epsilon, x.rows(),
                x.columns());
    }

    /** @param byBias null for an RMS norm */
    void gradient(CudaTensor byInput, CudaTensor byGain, CudaTensor byBias, CudaTensor x, CudaTensor gain,
                  CudaTensor gradient, double epsilon) {
        int m = x.rows();
        int n = x.columns();
        int chunks = (int) Kernels.blocks(m, Reductions.CHUNK);
        boolean tangent = byInput.hasTangent();
        try (Memory.Temporary means = memory.temporary(m, 1, tangent);
             Memory.Temporary factors = memory.temporary(m, 1, tangent);
             Memory.Temporary parts = memory.temporary(chunks, n, tangent)) {
            inputGradient(byInput, means.tensor(), factors.tensor(), x, gain, gradient, byBias != null, epsilon);
            kernels.each("normGainParts", (long) chunks * n, parts.tensor(), x, means.tensor(), factors.tensor(), gradient,
                    m, n, Reductions.CHUNK);
            reductions.sumRows(byGain, parts.tensor());
        }
        if (byBias != null) {
            reductions.sumRows(byBias, gradient);
        }
    }
}
