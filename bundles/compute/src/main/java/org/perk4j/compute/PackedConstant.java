package org.perk4j.compute;

import org.perk4j.backend.PackedMatrix;

/** A constant matrix that stays as it was given, such as quantized in a mapped file. */
final class PackedConstant extends OwnedTensor {

    private final long bytes;
    private PackedFactor factor;

    PackedConstant(Lifetimes lifetimes, PackedMatrix matrix) {
        super(lifetimes, matrix.shape());
        lifetimes.requireOpen();
        this.bytes = matrix.bytes();
        this.factor = new PackedFactor(matrix);
        lifetimes.took(bytes);
    }

    @Override
    public boolean hasTangent() {
        return false;
    }

    PackedFactor factor() {
        requireNotFreed();
        return factor;
    }

    @Override
    protected void release() {
        lifetimes().gave(bytes);
        factor = null;
    }
}
