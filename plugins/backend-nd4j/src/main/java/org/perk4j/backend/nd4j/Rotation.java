package org.perk4j.backend.nd4j;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import org.perk4j.tensor.Heads;

/** Rotary position embedding. */
final class Rotation {

    private static final int ROWS = 16;

    private final Workers workers;
    private final Memory memory;

    Rotation(Workers workers, Memory memory) {
        this.workers = workers;
        this.memory = memory;
    }

    /** The rotation is linear, so values and tangents are treated alike. */
    void rotate(FloatTensor r, FloatTensor x, Heads heads, int[] positions, double[] frequencies, boolean inverse) {
        int m = x.rows();
        int half = heads.size() / 2;
        int rotated = (heads.queries() + heads.keyValues()) * heads.size();
        try (Memory.Temporary angles = memory.temporary((long) workers.lanes() * heads.size())) {
            workers.run(m, ROWS, (from, to, lane) -> {
                int cosines = lane * heads.size();
                for (int i = from; i < to; i++) {
                    angles(angles.bytes(), cosines, positions[i], frequencies, inverse);
                    for (int row = i; row < x.stackedRows(); row += m) {
                        int at = row * x.columns();
                        for (int head = 0; head < rotated; head += heads.size()) {
                            rotateHead(r.bytes(), x.bytes(), at + head, half, angles.bytes(), cosines);
                        }
                        Rows.copy(r.bytes(), at + rotated, x.bytes(), at + rotated, x.columns() - rotated);
                    }
                }
            });
        }
    }

    private static void angles(ByteBuffer b, int at, int position, double[] frequencies, boolean inverse) {
        int half = frequencies.length;
        for (int j = 0; j < half; j++) {
            double angle = position * frequencies[j];
            b.putFloat((at + j) << 2, (float) Math.cos(angle));
            b.putFloat((at + half + j) << 2, (float) (inverse ? -Math.sin(angle) : Math.sin(angle)));
        }
    }

    private static void rotateHead(ByteBuffer r, ByteBuffer x, int at, int half, ByteBuffer angles, int cosines) {
        for (int j = 0; j < half; j += Simd.LANES) {
            FloatVector a = Simd.load(x, at + j);
            FloatVector b = Simd.load(x, at + half + j);
            FloatVector cos = Simd.load(angles, cosines + j);
            FloatVector sin = Simd.load(angles, cosines + half + j);
            Simd.store(a.mul(cos).sub(b.mul(sin)), r, at + j, half - j);
            Simd.store(b.mul(cos).add(a.mul(sin)), r, at + half + j, half - j);
        }
    }
}
