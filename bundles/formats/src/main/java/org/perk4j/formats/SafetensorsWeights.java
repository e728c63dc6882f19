package org.perk4j.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The tensors of a model in one safetensors file, or spread over several. */
final class SafetensorsWeights implements Weights {

    private final Map<Path, Safetensors> files = new LinkedHashMap<>();
    private final Map<String, Path> places = new LinkedHashMap<>();

    private SafetensorsWeights() {
    }

    /** Opens the only file of a model. */
    static SafetensorsWeights ofOne(Path file) throws IOException {
        SafetensorsWeights weights = new SafetensorsWeights();
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
    static SafetensorsWeights ofSeveral(Map<String, Path> places, Path index) throws IOException {
        SafetensorsWeights weights = new SafetensorsWeights();
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

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(places.keySet());
    }

    @Override
    public int[] dimensions(String name) {
        return files.get(places.get(name)).dimensions(name);
    }

    @Override
    public String dtype(String name) {
        return files.get(places.get(name)).dtype(name);
    }

    @Override
    public Path file(String name) {
        return places.get(name);
    }

    @Override
    public float[] read(String name) throws IOException {
        return files.get(places.get(name)).read(name);
    }

    @Override
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
