package org.perk4j.objective.perk;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.reflect.TypeToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Safetensors;
import org.perk4j.meta.Learner;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.adamw.AdamW;
import org.perk4j.optimizer.adamw.AdamWOptions;
import org.perk4j.optimizer.sgd.Sgd;
import org.perk4j.optimizer.sgd.SgdOptions;
import org.perk4j.tensor.Tensor;

/** The tiny GPT-2, meta-parameters, episode and gradients that tools/meta_gradient_reference.py wrote. */
final class ReferenceCase {

    private static final Path FOLDER = Path.of("src/test/resources/reference");

    final Learner learner;
    final Parameters meta;
    final EncodedEpisode episode;
    private final JsonObject json;
    private final Compute compute;

    ReferenceCase(Compute compute, String optimizer, double dropout) {
        this.compute = compute;
        try {
            json = new Gson().fromJson(Files.readString(FOLDER.resolve("case.json")), JsonObject.class);
            Map<String, Object> config = new Gson().fromJson(Files.readString(FOLDER.resolve("config.json")),
                    new TypeToken<Map<String, Object>>() { }.getType());
            Model model = new Gpt2().create(config);
            Adapter adapter = new Lora().create(new LoraOptions(json.get("rank").getAsInt(),
                    json.get("alpha").getAsDouble(), true, dropout, List.of(), 0.02, 0.02), model.sites());
            Parameters weights = read("model", model.parameters().stream().map(ParameterSpec::name).toList());
            learner = new Learner(compute, new ReverseMode(), model, weights, adapter, optimizer(optimizer));
            PerkObjective objective = new PerkObjective(options(4, 1000));
            meta = read("meta", objective.parameters(learner).stream().map(ParameterSpec::name).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        episode = new EncodedEpisode(5, texts("segments"), texts("answers"));
    }

    static InnerOptimizer optimizer(String type) {
        return type.equals("sgd") ? new Sgd().create(new SgdOptions(0))
                : new AdamW().create(new AdamWOptions(0.9, 0.95, 1e-8, false, 0.01));
    }

    PerkOptions options(int unroll, int microBatchTokens) {
        return options(json.get("steps").getAsInt(), unroll, microBatchTokens);
    }

    PerkOptions options(int steps, int unroll, int microBatchTokens) {
        return options(steps, unroll, microBatchTokens, 0, 0);
    }

    PerkOptions options(int steps, int unroll, int microBatchTokens, int keepMegabytes, int keepOnDiskMegabytes) {
        return options(steps, unroll, 0, microBatchTokens, keepMegabytes, keepOnDiskMegabytes);
    }

    PerkOptions bounded(int unroll, double bound, int microBatchTokens) {
        return options(json.get("steps").getAsInt(), unroll, bound, microBatchTokens, 0, 0);
    }

    private PerkOptions options(int steps, int unroll, double bound, int microBatchTokens, int keepMegabytes,
                                int keepOnDiskMegabytes) {
        return new PerkOptions(steps, unroll, 0.02, true, json.get("units").getAsInt(), false,
                PerkOptions.Mean.TOKENS, bound, microBatchTokens, keepMegabytes, keepOnDiskMegabytes, 3);
    }

    /** @return the meta-parameters with each tensor's first learning rate for all of so many steps */
    Parameters metaOfSteps(int steps) {
        List<Tensor> tensors = new ArrayList<>();
        for (String name : meta.names()) {
            tensors.add(name.startsWith("rates.") ? compute.gatherRows(meta.get(name), new int[steps]) : meta.get(name));
        }
        return meta.with(tensors);
    }

    double loss(String optimizer, int unroll) {
        return json.getAsJsonObject("losses").get(optimizer + "-" + unroll).getAsDouble();
    }

    Parameters gradient(String optimizer, int unroll) throws IOException {
        return read("gradient-" + optimizer + "-" + unroll, meta.names());
    }

    private Parameters read(String file, List<String> names) throws IOException {
        try (Safetensors tensors = Safetensors.open(FOLDER.resolve(file + ".safetensors"))) {
            List<Tensor> values = new ArrayList<>();
            for (String name : names) {
                int[] d = tensors.dimensions(name);
                float[] elements = tensors.read(name);
                double[] wide = new double[elements.length];
                Arrays.setAll(wide, i -> elements[i]);
                values.add(compute.constant(d.length == 1 ? new org.perk4j.tensor.Shape(1, d[0])
                        : new org.perk4j.tensor.Shape(d[0], d[1]), wide));
            }
            return new Parameters(names, values);
        }
    }

    private List<EncodedText> texts(String key) {
        return StreamSupport.stream(json.getAsJsonArray(key).spliterator(), false).map(t -> new EncodedText(
                StreamSupport.stream(t.getAsJsonObject().getAsJsonArray("tokens").spliterator(), false)
                        .mapToInt(i -> i.getAsInt()).toArray(), t.getAsJsonObject().get("unscored").getAsInt())).toList();
    }
}
