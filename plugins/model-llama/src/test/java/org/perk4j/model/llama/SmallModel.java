package org.perk4j.model.llama;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.backend.portable.PortableCompute;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** A small random model that {@code tools/llama_reference.py} wrote, on a computation of its own. */
record SmallModel(Compute compute, Model model, Parameters weights) implements AutoCloseable {

    private static final Map<String, ModelType> TYPES = Map.of("llama", new Llama(), "qwen2", new Qwen2());

    /** @param folder its name among the resources */
    static SmallModel open(String folder, DType dtype) throws IOException {
        Map<String, Object> config = Json.readObject(resource(folder).resolve("config.json"));
        Model model = TYPES.get(config.get("model_type")).create(config);
        Compute compute = new PortableCompute(dtype);
        Path weights = resource(folder).resolve("model.safetensors");
        return new SmallModel(compute, model, read(compute, weights, model.parameters()));
    }

    static Parameters read(Compute compute, Path file, List<ParameterSpec> specs) throws IOException {
        List<Tensor> tensors = new ArrayList<>();
        try (Safetensors weights = Safetensors.open(file)) {
            for (ParameterSpec spec : specs) {
                tensors.add(compute.upload(spec.shape(), FloatBuffer.wrap(weights.read(spec.name()))));
            }
        }
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors);
    }

    static Path resource(String name) {
        try {
            return Path.of(SmallModel.class.getResource("/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What Hugging Face computed for one token sequence. */
    record Reference(Map<?, ?> content) {

        static List<Reference> of(String folder) throws IOException {
            List<?> sequences = (List<?>) Json.readObject(resource(folder).resolve("reference.json")).get("sequences");
            return sequences.stream().map(s -> new Reference((Map<?, ?>) s)).toList();
        }

        int[] tokens() {
            return ints("tokens");
        }

        int[] ints(String key) {
            return IntStream.range(0, list(key).size()).map(i -> ((Number) list(key).get(i)).intValue()).toArray();
        }

        double[] doubles(String key) {
            return list(key).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
        }

        private List<?> list(String key) {
            return (List<?>) content.get(key);
        }
    }

    KeyValueCache emptyCache(int sequences, int capacity) {
        Shape shape = new Shape(sequences * capacity, model.heads().keyValueColumns());
        return new KeyValueCache(filled(shape), filled(shape), new int[sequences]);
    }

    private List<Tensor> filled(Shape shape) {
        return IntStream.range(0, model.size().layers()).mapToObj(i -> compute.fill(shape, 0)).toList();
    }

    @Override
    public void close() {
        compute.close();
    }
}
