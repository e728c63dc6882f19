package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

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
    };

    /**
     * Rows of queries or keys. The rows of a pair that is rotated are half a head apart in Hugging Face's layout, and
     * adjacent in llama.cpp's.
     *
     * @param heads the number of heads
     */
    static Layout pairs(int heads) {
        return (stored, dimensions) -> {
            int head = dimensions[0] / heads;
            int columns = stored.length / dimensions[0];
            float[] rows = new float[stored.length];
            for (int row = 0; row < dimensions[0]; row++) {
                int within = row % head;
                int source = row - within + 2 * (within % (head / 2)) + within / (head / 2);
                System.arraycopy(stored, source * columns, rows, row * columns, columns);
            }
            return rows;
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
    public void close() throws IOException {
        file.close();
    }
}
