package org.perk4j.tck;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.compute.JavaCompute;
import org.perk4j.formats.Json;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.Initial;
import org.perk4j.model.KeyValueCache;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * A small model in Hugging Face's layout among the resources of a test, on a computation of its own: {@code config.json},
 * {@code model.safetensors} and, in {@code reference.json}, what Hugging Face computed with them.
 */
public record SmallModel(Compute compute, Model model, Parameters weights) implements AutoCloseable {

    /**
     * @param types  by {@code model_type}
     * @param folder its name among the resources
     */
    public static SmallModel open(Function<String, ModelType> types, String folder, DType dtype) throws IOException {
        Map<String, Object> config = Json.readObject(resource(folder).resolve("config.json"));
        Model model = types.apply((String) config.get("model_type")).create(config);
        Compute compute = new JavaCompute(dtype);
        Path weights = resource(folder).resolve("model.safetensors");
        return new SmallModel(compute, model, read(compute, weights, model.parameters()));
    }

    /** @return a model with random weights, the same each time */
    static SmallModel random(Model model, DType dtype) {
        Compute compute = new JavaCompute(dtype);
        Random random = new Random(5);
        List<ParameterSpec> specs = model.parameters();
        return new SmallModel(compute, model, new Parameters(specs.stream().map(ParameterSpec::name).toList(),
                specs.stream().map(spec -> compute.constant(spec.shape(), random.doubles(spec.shape().size(), -0.6, 0.6)
                        .map(x -> ((Initial.Normal) spec.initial()).mean() + x).toArray())).toList()));
    }

    /** @return the tensors of a safetensors file that are asked for, in that order */
    public static Parameters read(Compute compute, Path file, List<ParameterSpec> specs) throws IOException {
        List<Tensor> tensors = new ArrayList<>();
        try (Safetensors weights = Safetensors.open(file)) {
            for (ParameterSpec spec : specs) {
                tensors.add(compute.upload(spec.shape(), FloatBuffer.wrap(weights.read(spec.name()))));
            }
        }
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors);
    }

    /** @return the folder of that name among the resources */
    public static Path resource(String name) {
        try {
            return Path.of(SmallModel.class.getResource("/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What Hugging Face computed for one token sequence. */
    public record Reference(Map<?, ?> content) {

        /** @return those in a folder among the resources */
        public static List<Reference> of(String folder) throws IOException {
            List<?> sequences = (List<?>) Json.readObject(resource(folder).resolve("reference.json")).get("sequences");
            return sequences.stream().map(s -> new Reference((Map<?, ?>) s)).toList();
        }

        /** @return the sequence */
        public int[] tokens() {
            return ints("tokens");
        }

        /** @return what stands under a key */
        public int[] ints(String key) {
            return IntStream.range(0, list(key).size()).map(i -> ((Number) list(key).get(i)).intValue()).toArray();
        }

        /** @return what stands under a key */
        public double[] doubles(String key) {
            return list(key).stream().mapToDouble(x -> ((Number) x).doubleValue()).toArray();
        }

        private List<?> list(String key) {
            return (List<?>) content.get(key);
        }
    }

    KeyValueCache emptyCache(int sequences, int capacity) {
        int rows = sequences * capacity;
        return new KeyValueCache(empty(rows), empty(rows),
                IntStream.range(0, sequences).map(s -> s * capacity).toArray(), new int[sequences]);
    }

    private List<Tensor> empty(int rows) {
        return model.attention().stream()
                .map(spec -> compute.fill(new Shape(rows, spec.heads().keyValueColumns()), 0)).toList();
    }

    @Override
    public void close() {
        compute.close();
    }
}
