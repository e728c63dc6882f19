package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import org.perk4j.compute.OwnedTensor;
import org.perk4j.tensor.Shape;

/** A tensor of {@link FloatCompute}, however it holds its elements. */
abstract class CpuTensor extends OwnedTensor {

    CpuTensor(Memory memory, Shape shape) {
        super(memory.lifetimes(), shape);
    }

    /** Copies a row of the value as floats. */
    abstract void copyRow(int row, ByteBuffer target, int at);
}
