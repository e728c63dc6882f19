package org.perk4j.backend.nd4j;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;

/**
 * oneDNN's products of matrices in bfloat16, summed as floats, and its rounding to bfloat16. What it prepares for a shape is
 * cached, outside the heap, until this is closed. For one thread at a time.
 */
final class OneDnnBfloat16 implements AutoCloseable {

    /** The most shapes to cache: several times as many as a model has. */
    private static final int MOST = 256;

    private final engine processor = new engine(engine.kind.cpu, 0);
    private final stream stream = new stream(processor);
    private final Map<Record, Prepared> prepared = new LinkedHashMap<>(16, 0.75f, true);

    /** @return whether the processor has instructions for such products, and oneDNN {@linkplain OneDnn#mayRun may run} */
    static boolean mayRun() {
        int needed = dnnl.dnnl_cpu_isa_avx512_core_bf16;
        return OneDnn.mayRun() && (dnnl.dnnl_get_effective_cpu_isa() & needed) == needed;
    }

    private record Rounding(int rows, int columns, int ld) { }

    /** Rounds a matrix of floats, and stores it without gaps between its rows. */
    void round(int rows, int columns, long from, int ld, long to) {
        Rounding rounding = new Rounding(rows, columns, ld);
        prepared(rounding, () -> prepare(rounding)).run(from, to);
    }

    private Prepared prepare(Rounding r) {
        try (memory.desc from = matrix(r.rows, r.columns, memory.data_type.f32, r.ld, false);
                memory.desc to = matrix(r.rows, r.columns, memory.data_type.bf16, r.columns, false);
                reorder.primitive_desc description = new reorder.primitive_desc(processor, from, processor, to)) {
            return new Prepared(new reorder(description), Map.of(dnnl.DNNL_ARG_FROM, from, dnnl.DNNL_ARG_TO, to),
                    dnnl.DNNL_ARG_FROM, dnnl.DNNL_ARG_TO);
        }
    }

    private record Product(int m, int n, int k, int lda, boolean transposeA, int ldb, boolean transposeB, boolean add,
            int ldc) { }

    /** {@code c = op(a)·op(b)}, plus {@code c} if {@code add}; a and b are in bfloat16, c is in floats. */
    void multiply(int m, int n, int k, long a, int lda, boolean transposeA, long b, int ldb, boolean transposeB, boolean add,
                  long c, int ldc) {
        Product product = new Product(m, n, k, lda, transposeA, ldb, transposeB, add, ldc);
        prepared(product, () -> prepare(product)).run(a, b, c);
    }

    private Prepared prepare(Product p) {
        try (memory.desc a = matrix(p.m, p.k, memory.data_type.bf16, p.lda, p.transposeA);
                memory.desc b = matrix(p.k, p.n, memory.data_type.bf16, p.ldb, p.transposeB);
                memory.desc c = matrix(p.m, p.n, memory.data_type.f32, p.ldc, false);
                post_ops after = new post_ops();
                primitive_attr attributes = new primitive_attr();
                matmul.desc description = new matmul.desc(a, b, c)) {
            if (p.add) {
                after.append_sum();
            }
            attributes.set_post_ops(after);
            try (matmul.primitive_desc primitive = new matmul.primitive_desc(description, attributes, processor)) {
                return new Prepared(new matmul(primitive),
                        Map.of(dnnl.DNNL_ARG_SRC, a, dnnl.DNNL_ARG_WEIGHTS, b, dnnl.DNNL_ARG_DST, c),
                        dnnl.DNNL_ARG_SRC, dnnl.DNNL_ARG_WEIGHTS, dnnl.DNNL_ARG_DST);
            }
        }
    }

    /** @param transposed whether the matrix is stored column by column instead of row by row */
    private static memory.desc matrix(int rows, int columns, memory.data_type type, int ld, boolean transposed) {
        return new memory.desc(new long[] {rows, columns}, type, transposed ? new long[] {1, ld} : new long[] {ld, 1});
    }

    private Prepared prepared(Record key, Supplier<Prepared> preparation) {
        Prepared known = prepared.get(key);
        if (known != null) {
            return known;
        }
        if (prepared.size() == MOST) {
            Iterator<Prepared> oldest = prepared.values().iterator();
            oldest.next().close();
            oldest.remove();
        }
        Prepared made = preparation.get();
        prepared.put(key, made);
        return made;
    }

    @Override
    public void close() {
        prepared.values().forEach(Prepared::close);
        prepared.clear();
        stream.close();
        processor.close();
    }

    /** An operation on matrices of given shapes, at any addresses. */
    private final class Prepared implements AutoCloseable {

        private final primitive operation;
        private final memory[] matrices;
        private final IntMemoryMap arguments = new IntMemoryMap();
        private final Cursor cursor = new Cursor();

        /** @param order the order of the arguments of {@link #run} */
        Prepared(primitive operation, Map<Integer, memory.desc> shapes, int... order) {
            this.operation = operation;
            matrices = new memory[order.length];
            for (int i = 0; i < order.length; i++) {
                matrices[i] = new memory(shapes.get(order[i]), processor, (Pointer) cursor);
                arguments.put(order[i], matrices[i]);
            }
        }

        void run(long... addresses) {
            for (int i = 0; i < addresses.length; i++) {
                matrices[i].set_data_handle(cursor.at(addresses[i]));
            }
            operation.execute(stream, arguments);
            stream._wait();
        }

        @Override
        public void close() {
            arguments.close();
            for (memory matrix : matrices) {
                matrix.close();
            }
            operation.close();
        }
    }
}
