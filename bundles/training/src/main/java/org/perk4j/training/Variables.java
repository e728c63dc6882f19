package org.perk4j.training;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.perk4j.backend.Compute;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.inference.InitialValues;
import org.perk4j.model.Initial;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * Named arrays on the heap: trained values, their gradient, or one of its moments. They are on the heap because the outer
 * optimizer touches each element only once a step, which costs little beside the gradient, and makes a checkpoint a copy.
 */
record Variables(List<ParameterSpec> specs, List<float[]> values) {

    /**
     * Makes initial values. Those of a parameter depend only on the seed, its name and the base's weights.
     *
     * @param base the weights of the adapted model
     */
    static Variables initial(List<ParameterSpec> specs, long seed, Initial.Weights base) {
        return new Variables(specs, specs.stream().map(spec ->
                InitialValues.of(spec, new Random(Keys.of(seed, spec.name().hashCode())), base)).toList());
    }

    /** Makes the initial values of a model, which depend on no other weights. */
    static Variables initial(List<ParameterSpec> specs, long seed) {
        return initial(specs, seed, name -> {
            throw new IllegalStateException("the initial values of a model's weights can't be computed from its weights");
        });
    }

    static Variables zeros(List<ParameterSpec> specs) {
        return new Variables(specs, specs.stream().map(s -> new float[Math.toIntExact(s.shape().size())]).toList());
    }

    static Variables download(Compute compute, List<ParameterSpec> specs, List<Tensor> tensors) {
        Variables result = zeros(specs);
        for (int i = 0; i < tensors.size(); i++) {
            compute.download(tensors.get(i), FloatBuffer.wrap(result.values.get(i)));
        }
        return result;
    }

    /** @param row the values of all parameters, one after another */
    static Variables downloadRow(Compute compute, List<ParameterSpec> specs, Tensor row) {
        float[] elements = new float[row.columns()];
        compute.download(row, FloatBuffer.wrap(elements));
        int[] starts = starts(specs);
        return new Variables(specs, IntStream.range(0, specs.size()).parallel()
                .mapToObj(i -> Arrays.copyOfRange(elements, starts[i], starts[i + 1])).toList());
    }

    /** @return where each parameter begins in a row of all, and where the last ends */
    private static int[] starts(List<ParameterSpec> specs) {
        int[] starts = new int[specs.size() + 1];
        for (int i = 0; i < specs.size(); i++) {
            starts[i + 1] = Math.addExact(starts[i], Math.toIntExact(specs.get(i).shape().size()));
        }
        return starts;
    }

    /** @return these values, uploaded as one row of which the parameters are parts; owned by the innermost open scope */
    Parameters uploadRow(Compute compute) {
        int[] starts = starts(specs);
        float[] elements = new float[starts[specs.size()]];
        IntStream.range(0, specs.size()).parallel()
                .forEach(i -> System.arraycopy(values.get(i), 0, elements, starts[i], values.get(i).length));
        Tensor row = compute.upload(new Shape(1, elements.length), FloatBuffer.wrap(elements));
        return new Parameters(names(), compute.split(row, specs.stream().map(ParameterSpec::shape).toList()));
    }

    /** @return tensors with these values, owned by the innermost open scope */
    Parameters upload(Compute compute) {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            tensors.add(compute.upload(specs.get(i).shape(), FloatBuffer.wrap(values.get(i))));
        }
        return new Parameters(names(), tensors);
    }

    List<String> names() {
        return specs.stream().map(ParameterSpec::name).toList();
    }

    /** @return the arrays themselves by their names */
    Map<String, float[]> byName() {
        return IntStream.range(0, specs.size()).boxed()
                .collect(Collectors.toMap(i -> specs.get(i).name(), values::get));
    }

    Variables copy() {
        return new Variables(specs, values.stream().map(float[]::clone).toList());
    }

    /** @return the parameters whose names begin with {@code prefix}, without it; the arrays are shared */
    Variables under(String prefix) {
        int[] chosen = IntStream.range(0, specs.size()).filter(i -> specs.get(i).name().startsWith(prefix)).toArray();
        return new Variables(
                IntStream.of(chosen).mapToObj(i -> unprefixed(specs.get(i), prefix)).toList(),
                IntStream.of(chosen).mapToObj(values::get).toList());
    }

    private static ParameterSpec unprefixed(ParameterSpec spec, String prefix) {
        return spec.named(spec.name().substring(prefix.length()));
    }

    /** @return the arrays as a file's entries, with {@code prefix} before their names, and rows as matrices of one row */
    List<SafetensorsEntry> matrices(String prefix) {
        return IntStream.range(0, specs.size()).mapToObj(i -> {
            Shape shape = specs.get(i).shape();
            return new SafetensorsEntry(prefix + specs.get(i).name(), new int[] {shape.rows(), shape.columns()},
                    () -> FloatBuffer.wrap(values.get(i)));
        }).toList();
    }

    /** @return the arrays as a file's entries, with the dimensions that the parameters declare for files */
    List<SafetensorsEntry> inFiles() {
        return IntStream.range(0, specs.size()).mapToObj(i -> new SafetensorsEntry(specs.get(i).name(),
                specs.get(i).dimensions().stream().mapToInt(Integer::intValue).toArray(),
                () -> FloatBuffer.wrap(values.get(i)))).toList();
    }

    /** @return the arrays as in a model's file, where a row is a vector */
    List<SafetensorsEntry> weights() {
        return IntStream.range(0, specs.size()).mapToObj(i -> {
            Shape shape = specs.get(i).shape();
            int[] dimensions = shape.rows() == 1 ? new int[] {shape.columns()} : new int[] {shape.rows(), shape.columns()};
            return new SafetensorsEntry(specs.get(i).name(), dimensions, () -> FloatBuffer.wrap(values.get(i)));
        }).toList();
    }

    /** Reads what {@link #matrices} wrote. */
    static Variables read(Path file, Safetensors tensors, String prefix, List<ParameterSpec> specs)
            throws IOException {
        List<float[]> values = new ArrayList<>();
        for (ParameterSpec spec : specs) {
            String name = prefix + spec.name();
            if (!tensors.names().contains(name)) {
                throw new FileFormatException(file, name + ": is missing: take all files from one run");
            }
            int[] dimensions = tensors.dimensions(name);
            if (!Arrays.equals(dimensions, new int[] {spec.shape().rows(), spec.shape().columns()})) {
                throw new FileFormatException(file, name + ": has the shape " + IntStream.of(dimensions).boxed().toList()
                        + ", not " + spec.shape() + ": take all files from one run");
            }
            values.add(tensors.read(name));
        }
        return new Variables(specs, values);
    }
}
