package org.perk4j.backend.nd4j;

/**
 * What {@link FewRows} is for matrices that are packed: some of their rows at a time are widened, into a core's own cache,
 * and multiplied with all rows of the other factor.
 */
final class PackedFewRows {

    /** Widened elements at a time: they and the other factor's rows stay in the first cache. */
    private static final int PIECE = 8192;

    private final Workers workers;
    private final Memory memory;
    private final FewRows floats;

    PackedFewRows(Workers workers, Memory memory, FewRows floats) {
        this.workers = workers;
        this.memory = memory;
        this.floats = floats;
    }

    /** @return whether the stored rows of b are what the rows of a are multiplied with */
    static boolean suit(PackedTensor b, boolean transposeB) {
        return transposeB != b.turned();
    }

    /** {@code c = β·c + α·a·op(b)} for all rows of a with its tangents. */
    void multiply(FloatTensor c, float beta, float alpha, FloatTensor a, PackedTensor b) {
        int k = a.columns();
        int piece = Math.max(4, PIECE / k & -4);
        try (Memory.Temporary tiles = memory.temporary((long) piece * k * workers.lanes())) {
            floats.multiply(c, beta, alpha, a, piece, (from, to, lane) -> {
                int at = lane * piece * k;
                for (int row = from; row < to; row++) {
                    b.widen(row, 0, k, tiles.bytes(), at + (row - from) * k);
                }
                return new FewRows.Piece(tiles.bytes(), at);
            });
        }
    }
}
