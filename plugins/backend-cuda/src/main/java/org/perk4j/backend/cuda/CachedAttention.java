package org.perk4j.backend.cuda;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Segments;

/** Attention of one new query of each sequence to its cache: that of decoding, where all the work is to read the caches. */
final class CachedAttention {

    /** As in kernels.cu. */
    private static final int KEYS_OF_BLOCK = Stream.BLOCK;
    private static final int BESIDE = 2;

    private final Kernels kernels;
    private final Memory memory;

    CachedAttention(Kernels kernels, Memory memory) {
        this.kernels = kernels;
        this.memory = memory;
    }

    /** @return whether this is for these: one new row of each sequence, and heads in whole quads */
    static boolean takes(Segments segments, AttentionSpec spec, CudaTensor... all) {
        int size = spec.heads().size();
        return segments.rows() == segments.count() && size % FewRows.QUAD == 0 && size <= FewRows.QUAD * Stream.BLOCK
                && FewRows.areQuads(all);
    }

    /**
     * @param starts the first row in the caches that each sequence's query may see
     * @param seen   how many rows it sees
     */
    void attend(CudaTensor r, CudaTensor packed, AttentionSpec spec, CudaTensor keys, CudaTensor values, int[] starts,
                int[] seen) {
        Heads heads = spec.heads();
        int blocks = Math.multiplyExact(r.rows(), heads.queries());
        int parts = (int) Kernels.blocks(Arrays.stream(seen).max().orElse(0), KEYS_OF_BLOCK);
        int[] pasts = IntStream.range(0, 2 * seen.length).map(i -> i % 2 == 0 ? starts[i / 2] : seen[i / 2]).toArray();
        try (Tables.Table table = kernels.table("pasts", pasts)) {
            if (parts <= 1) {
                launch(blocks, r, null, packed, spec, keys, values, table, 1);
                return;
            }
            try (Memory.Temporary each = memory.temporary(blocks * parts, heads.size() + BESIDE, false)) {
                launch((long) blocks * parts, r, each, packed, spec, keys, values, table, parts);
                kernels.launch("attentionOfParts", blocks, r, each, parts, heads.size());
            }
        }
    }

    private void launch(long blocks, CudaTensor r, Memory.Temporary parts, CudaTensor packed, AttentionSpec spec,
                        CudaTensor keys, CudaTensor values, Tables.Table pasts, int most) {
        Heads heads = spec.heads();
        kernels.launch("attentionOfOne", blocks, r, parts, packed, keys, values, pasts, (long) packed.columns(),
                (long) heads.keyValueColumns(), heads.queries(), heads.queries() / heads.keyValues(), heads.size(),
                spec.scale(), Attention.cap(spec), most);
    }
}
