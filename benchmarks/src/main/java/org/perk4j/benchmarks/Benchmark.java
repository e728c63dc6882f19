package org.perk4j.benchmarks;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.perk4j.backend.Compute;
import org.perk4j.backend.MemoryUsage;
import org.perk4j.backend.Scope;
import org.perk4j.formats.Json;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.ModelFiles;
import org.perk4j.formats.Options;
import org.perk4j.formats.Safetensors;
import org.perk4j.formats.SafetensorsEntry;
import org.perk4j.model.Parameters;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/** Runs one {@link Workload}, given as a JSON object: times it as pytorch_peer.py does, or writes what it computes. */
public final class Benchmark {

    /**
     * What was measured. The names are those of pytorch_peer.py.
     *
     * @param seconds     median of the timed runs
     * @param peak_mib    most memory that the process ever had; on a device of its own memory, most that tensors had there
     * @param weights_mib of it, what it had before loading, and the bytes of weights, meta-parameters and tokens. (Memory
     *                    after loading would count as weights what loading left behind, and later runs reuse.)
     * @param tensors_mib most memory that tensors ever had, without the weights and meta-parameters
     * @param profile     by operation, of all timed runs; empty if not asked for
     */
    record Measured(double seconds, double peak_mib, double weights_mib, double tensors_mib, List<Profile.Row> profile) {
    }

    private Benchmark() {
    }

    public static void main(String[] arguments) throws IOException {
        Workload workload = Options.bind(JsonValue.of(Json.parseObject(arguments[0])), Workload.class);
        try (Compute compute = workload.backend().backend().open(DType.FLOAT32)) {
            if (workload.results().isEmpty()) {
                System.out.println(Json.writeLine(measure(workload, compute)));
            } else {
                compute(workload, compute);
            }
        }
    }

    private static Subject subject(Workload workload, Compute compute, Values given) throws IOException {
        Values values = workload.weights() == Workload.Weights.BFLOAT16 ? new Bfloat16Values(given) : given;
        if (!workload.base().isEmpty()) {
            values = new StoredValues(ModelFiles.open(Path.of(workload.base())).weights(), given);
        }
        return workload.what() == Workload.What.DECODE ? new Answers(workload, compute, values)
                : new Encoding(workload, compute, values);
    }

    private static Measured measure(Workload workload, Compute plain) throws IOException {
        Profile profile = new Profile();
        Compute compute = workload.profile() ? profile.of(plain) : plain;
        long before = ResidentMemory.nowBytes();
        Subject subject = subject(workload, compute, new RandomValues());
        long weights = compute.memory().liveBytes();
        double[] seconds = new double[workload.repeats()];
        for (int i = -workload.warmup(); i < seconds.length; i++) {
            if (i == 0) {
                profile.clear();
            }
            long start = System.nanoTime();
            try (Scope scope = compute.scope()) {
                subject.run();
                await(plain);
            }
            if (i >= 0) {
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        MemoryUsage tensors = compute.memory();
        boolean device = workload.backend().hasMemory();
        return new Measured(median(seconds), mebibytes(device ? tensors.peakBytes() : ResidentMemory.peakBytes()),
                mebibytes(device ? weights : before + weights), mebibytes(tensors.peakBytes() - weights), profile.rows());
    }

    /** A device works in the order in which it is asked: when it tells this number, everything before is done. */
    static void await(Compute compute) {
        Tensor last = compute.fill(Shape.SCALAR, 0);
        compute.download(last);
        compute.free(last);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length == 0 ? Double.NaN
                : sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double mebibytes(long bytes) {
        return Math.round(bytes / 104857.6) / 10.0;
    }

    private static void compute(Workload workload, Compute compute) throws IOException {
        if (!workload.base().isEmpty()) {
            write(workload, compute, subject(workload, compute, new RandomValues()).run());
            return;
        }
        try (Safetensors inputs = Safetensors.open(Path.of(workload.inputs()))) {
            write(workload, compute, subject(workload, compute, new RecordedValues(inputs)).run());
        }
    }

    private static void write(Workload workload, Compute compute, Parameters results) throws IOException {
        List<SafetensorsEntry> entries = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            Tensor tensor = results.tensors().get(i);
            entries.add(new SafetensorsEntry(results.names().get(i), new int[] {tensor.rows(), tensor.columns()},
                    () -> elements(compute, tensor)));
        }
        Safetensors.write(Path.of(workload.results()), Map.of(), entries);
    }

    private static FloatBuffer elements(Compute compute, Tensor tensor) {
        FloatBuffer elements = FloatBuffer.allocate(Math.toIntExact(tensor.shape().size()));
        compute.download(tensor, elements);
        return elements.rewind();
    }
}
