package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/** The tensors of a GGUF file, by Hugging Face's names and in its layout. Owns the file. */
final class GgufWeights implements Weights {

    /**
     * Where a tensor is, and how its layout differs from Hugging Face's.
     *
     * @param name   in the file
     * @param layout of the file's
     */
    record Source(String name, Layout layout) {
    }

    /** How a tensor in the file gives Hugging Face's. */
    interface Layout {

        /**
         * @param stored     the elements as they lie in the file; may be changed
         * @param dimensions of Hugging Face's tensor
         */
        float[] read(float[] stored, int[] dimensions);

        /** @return the dimensions of Hugging Face's tensor */
        default int[] dimensions(int[] stored) {
            return stored;
        }
    }

    static final Layout SAME = (stored, dimensions) -> stored;

    /** Gains that are stored as they multiply, where Hugging Face adds 1 to them first. */
    static final Layout ONE_MORE = (stored, dimensions) -> {
        for (int i = 0; i < stored.length; i++) {
            stored[i] -= 1;
        }
        return stored;
    };

    /** Layers whose weights Hugging Face has with inputs first. */
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
     * Rows of queries or keys. What is rotated together, Hugging Face has half a head apart, llama.cpp side by side.
     *
     * @param heads that the rows belong to
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

    /** @param sources by Hugging Face's names */
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
