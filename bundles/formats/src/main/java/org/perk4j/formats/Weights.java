package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The tensors of a model, in one safetensors file or several. Thread-safe. */
public final class Weights implements AutoCloseable {

    private final Map<Path, Safetensors> files = new LinkedHashMap<>();
    private final Map<String, Path> places = new LinkedHashMap<>();

    private Weights() {
    }

    /** Opens the only file of a model. */
    static Weights ofOne(Path file) throws IOException {
        Weights weights = new Weights();
        Safetensors only = Safetensors.open(file);
        weights.files.put(file, only);
        only.names().forEach(name -> weights.places.put(name, file));
        return weights;
    }

    /**
     * Opens the files of a model.
     *
     * @param places the file of each tensor
     * @param index  the file that lists them, for messages
     */
    static Weights ofSeveral(Map<String, Path> places, Path index) throws IOException {
        Weights weights = new Weights();
        try {
            for (Map.Entry<String, Path> place : places.entrySet()) {
                weights.add(place.getKey(), place.getValue(), index);
            }
            return weights;
        } catch (IOException | RuntimeException | Error e) {
            try (weights) {
                throw e;
            }
        }
    }

    private void add(String name, Path file, Path index) throws IOException {
        if (!files.containsKey(file)) {
            files.put(file, Safetensors.open(file));
        }
        if (!files.get(file).names().contains(name)) {
            throw new FileFormatException(file, "no tensor \"" + name + "\" in it, where " + index.getFileName()
                    + " lists it: take all files from the same model");
        }
        places.put(name, file);
    }

    /** @return the names of the tensors */
    public Set<String> names() {
        return Collections.unmodifiableSet(places.keySet());
    }

    /** @return the dimensions of a tensor, outermost first; none for a scalar */
    public int[] dimensions(String name) {
        return files.get(places.get(name)).dimensions(name);
    }

    /** @return the element type of a tensor as the format names it, such as {@code F32} */
    public String dtype(String name) {
        return files.get(places.get(name)).dtype(name);
    }

    /** @return the file that holds a tensor */
    public Path file(String name) {
        return places.get(name);
    }

    /**
     * @return a tensor's elements as floats, row by row
     * @throws IOException if they can't be read, are not floating-point numbers, or are too many for an array
     */
    public float[] read(String name) throws IOException {
        return files.get(places.get(name)).read(name);
    }

    /**
     * @return a tensor's elements in bfloat16, row by row; those stored in another type are rounded to the nearest, ties to
     *         even
     * @throws IOException if they can't be read, are not floating-point numbers, or are too many for an array
     */
    public short[] readBfloat16(String name) throws IOException {
        return files.get(places.get(name)).readBfloat16(name);
    }

    @Override
    public void close() throws IOException {
        for (Safetensors file : files.values()) {
            file.close();
        }
    }
}
