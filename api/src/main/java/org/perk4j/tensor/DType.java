package org.perk4j.tensor;

/** The element type of all tensors of one {@linkplain org.perk4j.backend.Compute computation}. */
public enum DType {
    /** IEEE 754 binary32, for computing. */
    FLOAT32(4),
    /** IEEE 754 binary64, for verification. */
    FLOAT64(8);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** @return the size of one element in bytes */
    public int bytes() {
        return bytes;
    }
}
