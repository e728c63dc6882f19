package org.perk4j.backend.cuda;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.perk4j.tensor.AttentionSpec;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Segments;

/** Causal attention, and its gradient, which recomputes the probabilities, so that nothing of quadratic size is stored. */
final class Attention {

    private final Kernels kernels;
    private final Memory memory;
    private final CachedAttention ofOne;
    /** Rows and columns of a block's tile; as in kernels.cu. */
    private final int side;
    /** The segments that were met last, and their tiles by the window: all layers of a pass have the same. */
    private Segments known;
    private final Map<Integer, int[]> knownByQueries = new HashMap<>();
    private final Map<Integer, int[]> knownByKeys = new HashMap<>();

    Attention(Kernels kernels, Memory memory) {
        this.kernels = kernels;
        this.memory = memory;
        side = memory.dtype() == DType.FLOAT32 ? 64 : 32;
        ofOne = new CachedAttention(kernels, memory);
    }

    /** The location of a segment's keys: from row {@code start} on, with {@code past} keys before its own. */
    private interface Places {
        int[] tile(int segment, int first, int offset, int length);
    }

    private int[] tiles(Segments segments, Places places) {
        IntStream.Builder tiles = IntStream.builder();
        int first = 0;
        for (int s = 0; s < segments.count(); s++) {
            int length = segments.lengths()[s];
            for (int offset = 0; offset < length; offset += side) {
                tiles.add(first + offset).add(Math.min(side, length - offset));
                for (int place : places.tile(s, first, offset, length)) {
                    tiles.add(place);
                }
            }
            first += length;
        }
        int[] all = tiles.build().toArray();
        return Padding.padded(all, 4 * Padding.padded(all.length / 4), 0); // a tile without rows reads and writes nothing
    }

    private Map<Integer, int[]> of(Segments segments, Map<Integer, int[]> tiles) {
        if (known != segments) {
            known = segments;
            knownByQueries.clear();
            knownByKeys.clear();
        }
        return tiles;
    }

    private int[] byQueries(Segments segments, AttentionSpec spec) {
        return of(segments, knownByQueries).computeIfAbsent(spec.window(),
                window -> tiles(segments, (s, first, offset, length) -> seen(spec, first, offset + 1)));
    }

    /** The keys, from row {@code start} on, that a tile sees: none before the window of its first query. */
    private static int[] seen(AttentionSpec spec, int start, int seen) {
        int hidden = spec.hidden(seen);
        return new int[] {start + hidden, seen - hidden};
    }

    /** A key is seen by the queries from its own to the end of its segment, or of a window that begins there. */
    private int[] byKeys(Segments segments, AttentionSpec spec) {
        Places places = (s, first, offset, length) -> {
            int after = length - offset;
            long throughLastWindow = Math.min(side, after) - 1L + spec.window();
            return new int[] {0, (int) Math.min(after, throughLastWindow)};
        };
        return of(segments, knownByKeys).computeIfAbsent(spec.window(), window -> tiles(segments, places));
    }

    void forward(CudaTensor r, CudaTensor packed, AttentionSpec spec, Segments segments) {
        Heads heads = spec.heads();
        run(r, packed, packed, packed, byQueries(segments, spec), spec, heads.packedColumns(), heads.queryColumns(),
                heads.queryColumns() + heads.keyValueColumns());
    }

    /** Appends the new keys and values to the caches, after the {@code past} rows of each sequence. */
    void cached(CudaTensor r, CudaTensor packed, AttentionSpec spec, Segments segments, CudaTensor keys,
                CudaTensor values, int[] starts, int[] past) {
        Heads heads = spec.heads();
        long columns = heads.keyValueColumns();
        try (Tables.Table rows = kernels.table("appended", appended(segments, starts, past))) {
            kernels.each("appendRows", packed.rows() * columns, keys, values, packed, rows, (long) packed.columns(),
                    (long) heads.queryColumns(), columns, packed.rows() * columns);
        }
        if (CachedAttention.takes(segments, spec, packed, keys, values)) {
            int[] seen = Arrays.stream(past).map(before -> Math.min(spec.window(), before + 1)).toArray();
            ofOne.attend(r, packed, spec, keys, values,
                    IntStream.range(0, past.length).map(s -> starts[s] + past[s] + 1 - seen[s]).toArray(), seen);
            return;
        }
        run(r, packed, keys, values,
                tiles(segments, (s, row, offset, length) -> seen(spec, starts[s], past[s] + offset + 1)),
                spec, heads.keyValueColumns(), 0, 0);
    }

    /** @return the row of the caches that each row's key and value become */
    private static int[] appended(Segments segments, int[] starts, int[] past) {
        int[] rows = segments.positions();
        int row = 0;
        for (int s = 0; s < segments.count(); s++) {
            for (int i = 0; i < segments.lengths()[s]; i++) {
                rows[row++] += starts[s] + past[s];
            }
        }
        return rows;
    }

    private void run(CudaTensor r, CudaTensor packed, CudaTensor keys, CudaTensor values, int[] tiles, AttentionSpec spec,
                     int cacheColumns, int keyColumn, int valueColumn) {
        Heads heads = spec.heads();
        try (Tables.Table places = kernels.table("tiles", tiles)) {
            kernels.launch("attention", count(tiles) * heads.queries() * parts(heads), r, packed, keys, values, places,
                    (long) packed.columns(), (long) cacheColumns, (long) keyColumn, (long) valueColumn, heads.queries(),
                    heads.queries() / heads.keyValues(), heads.size(), spec.scale(), spec.window(), cap(spec));
        }
    }

    private static long count(int[] tiles) {
        return tiles.length / 4;
    }

    /** @return how many blocks share the columns of a head */
    private long parts(Heads heads) {
        return Kernels.blocks(heads.size(), side);
    }

    /** @return 0 for none, as kernels have it */
    static double cap(AttentionSpec spec) {
        return spec.isCapped() ? spec.softCap() : 0;
    }

    void gradient(CudaTensor r, CudaTensor packed, CudaTensor gradient, AttentionSpec spec, Segments segments) {
        Heads heads = spec.heads();
        int m = packed.rows();
        int[] byQueries = byQueries(segments, spec);
        int[] byKeys = byKeys(segments, spec);
        long queryBlocks = count(byQueries) * heads.queries();
        try (Memory.Temporary shifts = memory.temporary(m, heads.queries(), r.hasTangent());
             Memory.Temporary sums = memory.temporary(m, heads.queries(), false);
             Memory.Temporary inners = memory.temporary(m, heads.queries(), r.hasTangent());
             Tables.Table queryTiles = kernels.table("queries", byQueries);
             Tables.Table keyTiles = kernels.table("keys", byKeys)) {
            launch("attentionSums", queryBlocks, spec, packed, shifts.tensor(), sums, inners.tensor(), packed, gradient,
                    queryTiles);
            launch("attentionByQueries", queryBlocks * parts(heads), spec, packed, r, packed, gradient, shifts.tensor(),
                    sums, inners.tensor(), queryTiles);
            launch("attentionByKeys", count(byKeys) * heads.keyValues() * 2 * parts(heads), spec, packed, r, packed,
                    gradient, shifts.tensor(), sums, inners.tensor(), keyTiles);
        }
    }

    /** Runs a kernel whose last arguments say where queries, keys and values lie side by side. */
    private void launch(String kernel, long blocks, AttentionSpec spec, CudaTensor packed, Object... first) {
        Heads heads = spec.heads();
        Object[] last = {(long) packed.columns(), (long) heads.queryColumns(),
            (long) heads.queryColumns() + heads.keyValueColumns(), heads.queries(), heads.queries() / heads.keyValues(),
            heads.size(), spec.scale(), spec.window(), cap(spec)};
        Object[] all = Arrays.copyOf(first, first.length + last.length);
        System.arraycopy(last, 0, all, first.length, last.length);
        kernels.launch(kernel, blocks, all);
    }
}
