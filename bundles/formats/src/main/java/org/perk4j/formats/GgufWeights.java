package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.perk4j.backend.PackedMatrix;

/** The tensors of a GGUF file, with Hugging Face's names and layouts. Owns the file. */
final class GgufWeights implements Weights {

    /**
     * The source of a tensor.
     *
     * @param name   its name in the file
     * @param layout how the file's layout differs from Hugging Face's
     */
    record Source(String name, Layout layout) {
    }

    /** Converts a tensor of the file to Hugging Face's layout. */
    interface Layout {

        /**
         * @param stored     the elements in the file's order; may be overwritten
         * @param dimensions the dimensions of Hugging Face's tensor
         */
        float[] read(float[] stored, int[] dimensions);

        /** @return the dimensions of Hugging Face's tensor */
        default int[] dimensions(int[] stored) {
            return stored;
        }

        /** @return whether Hugging Face's tensor is the transpose of the stored matrix */
        default boolean transposes() {
            return false;
        }

        /** @return which of the stored rows a row is, before any transposition */
        default int place(int row, int rows) {
            return row;
        }
    }

    static final Layout SAME = (stored, dimensions) -> stored;

    /** Gains of norms to which Hugging Face adds 1 before it multiplies by them, and llama.cpp's converter has added it. */
    static final Layout ONE_MORE = (stored, dimensions) -> {
        for (int i = 0; i < stored.length; i++) {
            stored[i] -= 1;
        }
        return stored;
    };

    /** Weights of linear layers that Hugging Face stores with inputs first. */
    static final Layout TRANSPOSED = new Layout() {

        @Override
        public float[] read(float[] stored, int[] dimensions) {
            int rows = dimensions[0];
            int columns = dimensions[1];
            float[] transposed = new float[stored.length];
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    transposed[row * columns + column] = stored[column * rows + row];
                }
            }
            return transposed;
        }

        @Override
        public int[] dimensions(int[] stored) {
            return new int[] {stored[1], stored[0]};
        }

        @Override
        public boolean transposes() {
            return true;
        }
    };

    /**
     * Rows of queries or keys. The rows of a pair that is rotated are half a head apart in Hugging Face's layout, and
     * adjacent in llama.cpp's.
     *
     * @param heads the number of heads
     */
    static Layout pairs(int heads) {
        return new Layout() {

            @Override
            public float[] read(float[] stored, int[] dimensions) {
                int columns = stored.length / dimensions[0];
                float[] rows = new float[stored.length];
                for (int row = 0; row < dimensions[0]; row++) {
                    System.arraycopy(stored, place(row, dimensions[0]) * columns, rows, row * columns, columns);
                }
                return rows;
            }

            @Override
            public int place(int row, int rows) {
                int head = rows / heads;
                int within = row % head;
                return row - within + 2 * (within % (head / 2)) + within / (head / 2);
            }
        };
    }

    private final Gguf file;
    private final Map<String, Source> sources;

    /** @param sources the tensors' sources, by Hugging Face's names */
    GgufWeights(Gguf file, Map<String, Source> sources) {
        this.file = file;
        this.sources = sources;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(sources.keySet());
    }

    @Override
    public int[] dimensions(String name) {
        Source source = sources.get(name);
        return source.layout().dimensions(file.dimensions(source.name()));
    }

    @Override
    public String dtype(String name) {
        return file.type(sources.get(name).name()).name();
    }

    @Override
    public Path file(String name) {
        return file.file();
    }

    @Override
    public float[] read(String name) throws IOException {
        Source source = sources.get(name);
        return source.layout().read(file.read(source.name()), dimensions(name));
    }

    @Override
    public short[] readBfloat16(String name) throws IOException {
        float[] wide = read(name);
        short[] elements = new short[wide.length];
        for (int i = 0; i < wide.length; i++) {
            elements[i] = Floats.toBfloat16(wide[i]);
        }
        return elements;
    }

    @Override
    public Optional<PackedMatrix> packed(String name) throws IOException {
        Source source = sources.get(name);
        int[] stored = file.dimensions(source.name());
        if (stored.length != 2 || file.type(source.name()) == GgufType.F32 || source.layout() == ONE_MORE) {
            return Optional.empty();
        }
        return Optional.of(file.matrix(source.name(), row -> source.layout().place(row, stored[0]),
                source.layout().transposes()));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
