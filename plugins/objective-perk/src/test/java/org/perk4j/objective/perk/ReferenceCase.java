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
import java.util.SplittableRandom;
import java.util.stream.StreamSupport;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.lora.Lora;
import org.perk4j.adapter.lora.LoraOptions;
import org.perk4j.backend.Compute;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.data.RetainedText;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.Safetensors;
import org.perk4j.innerloop.Mean;
import org.perk4j.innerloop.Rates;
import org.perk4j.meta.Learner;
import org.perk4j.model.Model;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.model.gpt2.Gpt2;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.adafactor.Adafactor;
import org.perk4j.optimizer.adafactor.AdafactorOptions;
import org.perk4j.optimizer.adamw.AdamW;
import org.perk4j.optimizer.adamw.AdamWOptions;
import org.perk4j.optimizer.muon.Muon;
import org.perk4j.optimizer.muon.MuonOptions;
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
                    json.get("alpha").getAsDouble(), true, dropout, List.of(), 0.02, 0.02), model);
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
        return switch (type) {
            case "sgd" -> new Sgd().create(new SgdOptions(0));
            case "momentum" -> new Sgd().create(new SgdOptions(0.01, 0.9, true));
            case "adamw" -> new AdamW().create(new AdamWOptions(0.9, 0.95, 1e-8, false, 0.01));
            case "adafactor" -> new Adafactor().create(new AdafactorOptions(-0.8, 1e-8, 1e-3, 1, 0.01));
            case "muon" -> new Muon().create(new MuonOptions(0.95, true, 5, MuonOptions.Scale.ORIGINAL, List.of(), 1, 0.01));
            default -> throw new IllegalArgumentException(type);
        };
    }

    PerkOptions options(int unroll, int microBatchTokens) {
        return options(json.get("steps").getAsInt(), unroll, microBatchTokens);
    }

    PerkOptions options(int steps, int unroll, int microBatchTokens) {
        return options(steps, unroll, Rates.Per.TENSOR, 0, microBatchTokens);
    }

    PerkOptions bounded(int unroll, double bound, int microBatchTokens) {
        return options(json.get("steps").getAsInt(), unroll, Rates.Per.TENSOR, bound, microBatchTokens);
    }

    PerkOptions rates(Rates.Per per, int microBatchTokens) {
        return options(json.get("steps").getAsInt(), -1, per, 0, microBatchTokens);
    }

    PerkOptions rates(int steps, Rates.Per per, int microBatchTokens) {
        return options(steps, -1, per, 0, microBatchTokens);
    }

    private PerkOptions options(int steps, int unroll, Rates.Per per, double bound, int microBatchTokens) {
        return new PerkOptions(steps, unroll, 0.02, per, true, json.get("units").getAsInt(), false, Mean.TOKENS, bound,
                microBatchTokens, 0, 0, 3);
    }

    /** @return the same with other learned parameters: those that were there as they were, the others learning rates */
    ReferenceCase with(List<ParameterSpec> specs) {
        List<Tensor> tensors = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(6);
        for (ParameterSpec spec : specs) {
            boolean known = meta.names().contains(spec.name()) && meta.get(spec.name()).shape().equals(spec.shape());
            tensors.add(known ? meta.get(spec.name()) : compute.constant(spec.shape(),
                    random.doubles(spec.shape().size(), 0.01, 0.03).toArray()));
        }
        return new ReferenceCase(this, new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors));
    }

    /** @return the same with a text that the base is not to forget */
    ReferenceCase retaining(double weight) {
        return new ReferenceCase(this, meta,
                episode.with(new RetainedText(episode.segments().get(0).tokens(), weight)));
    }

    private ReferenceCase(ReferenceCase other, Parameters meta) {
        this(other, meta, other.episode);
    }

    private ReferenceCase(ReferenceCase other, Parameters meta, EncodedEpisode episode) {
        this.learner = other.learner;
        this.meta = meta;
        this.episode = episode;
        this.json = other.json;
        this.compute = other.compute;
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
