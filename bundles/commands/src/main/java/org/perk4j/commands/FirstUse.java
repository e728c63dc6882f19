package org.perk4j.commands;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.perk4j.adapter.Adapter;
import org.perk4j.adapter.AdapterType;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Backend;
import org.perk4j.backend.Compute;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedEpisode;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Episode;
import org.perk4j.data.Question;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.data.Tokenizer;
import org.perk4j.data.TokenizerFormat;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Memories;
import org.perk4j.meta.Learner;
import org.perk4j.meta.MetaGradient;
import org.perk4j.meta.MetaObjective;
import org.perk4j.meta.ObjectiveType;
import org.perk4j.model.Initial;
import org.perk4j.model.Model;
import org.perk4j.model.ModelType;
import org.perk4j.model.ParameterSpec;
import org.perk4j.model.Parameters;
import org.perk4j.optimizer.InnerOptimizer;
import org.perk4j.optimizer.OptimizerType;
import org.perk4j.plugin.Lease;
import org.perk4j.plugin.Plugin;
import org.perk4j.plugin.Plugins;
import org.perk4j.registry.PluginTrial;
import org.perk4j.tensor.DType;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * What of a contract can be seen without the tests of a plugin's author: the plugin is used once, with the defaults of its
 * options. A tiny model takes a step of training in double precision, with the adapter, the optimizer, the objective or the
 * model that is checked; a task is asked for episodes, a tokenizer for tokens, a backend for a product.
 */
@Component(service = FirstUse.class)
public final class FirstUse implements PluginTrial.Use {

    /** The keys of {@code config.json} as GPT-2 and as Llama call them: a model ignores those that it doesn't know. */
    private static final Map<String, Object> TINY = Map.ofEntries(Map.entry("vocab_size", 11.0),
            Map.entry("n_positions", 16.0), Map.entry("max_position_embeddings", 16.0),
            Map.entry("n_embd", 8.0), Map.entry("hidden_size", 8.0), Map.entry("intermediate_size", 12.0),
            Map.entry("n_layer", 2.0), Map.entry("num_hidden_layers", 2.0),
            Map.entry("n_head", 2.0), Map.entry("num_attention_heads", 2.0));
    private static final EncodedEpisode EPISODE = new EncodedEpisode(3,
            List.of(new EncodedText(new int[] {1, 5, 3, 3, 10}, 1), new EncodedText(new int[] {7, 2, 0, 4}, 1)),
            List.of(new EncodedText(new int[] {8, 6, 2, 9, 1}, 3)));
    private static final long EPISODES = 3;
    private static final String TEXT = "Ann has a cat, and the cat has a name.";

    /** Of the tiny model's weights, how far from their means. */
    private static final double WEIGHTS = 0.5;
    private static final double DIFFERENCE = 1e-5;
    private static final double TOLERANCE = 1e-4;

    private final Plugins plugins;
    private final Autodiff autodiff;
    private final Memories memories;

    /** Called by Declarative Services. */
    @Activate
    public FirstUse(@Reference Plugins plugins, @Reference Autodiff autodiff, @Reference Memories memories) {
        this.plugins = plugins;
        this.autodiff = autodiff;
        this.memories = memories;
    }

    @Override
    public String of(String kind, Object plugin) throws IOException {
        try {
            return found(kind, plugin);
        } catch (Refusal e) {
            return "not tried, as it " + e.getMessage();
        }
    }

    private String found(String kind, Object plugin) throws IOException {
        if (plugin instanceof TaskType<?> type) {
            return episodes(type);
        } else if (plugin instanceof TokenizerFormat<?> format) {
            return tokens(format);
        } else if (plugin instanceof Backend backend) {
            return product(backend);
        }
        return learning(kind, plugin);
    }

    // ---- a step of learning

    /** With the plugin, and what is usual in place of the other kinds. */
    private String learning(String kind, Object plugin) {
        try (Lease<Backend> backend = plugins.lease(Backend.class, "java");
                Lease<ModelType> gpt2 = plugins.lease(ModelType.class, "gpt2");
                Lease<? extends AdapterType<?>> lora = lease(AdapterType.class, "lora");
                Lease<? extends OptimizerType<?>> sgd = lease(OptimizerType.class, "sgd");
                Lease<? extends ObjectiveType<?>> perk = lease(ObjectiveType.class, "perk");
                Compute compute = backend.get().open(DType.FLOAT64)) {
            Model model = plugin instanceof ModelType type ? model(type) : gpt2.get().create(TINY);
            AdapterType<?> adapter = plugin instanceof AdapterType<?> type ? type : lora.get();
            OptimizerType<?> optimizer = plugin instanceof OptimizerType<?> type ? type : sgd.get();
            ObjectiveType<?> objective = plugin instanceof ObjectiveType<?> type ? type : perk.get();
            Learner learner = new Learner(compute, autodiff, model, initial(compute, model.parameters(), null),
                    adapter(adapter, model), optimizer(optimizer));
            return new Step(learner, objective(objective)).taken(kind.equals("adapter") || kind.equals("model"));
        }
    }

    /** One that reads other keys is not at fault. */
    private static Model model(ModelType type) {
        try {
            return type.create(TINY);
        } catch (IllegalArgumentException e) {
            throw new Refusal("needs other keys of config.json than those that most models have: " + e.getMessage());
        }
    }

    @SuppressWarnings("unchecked") // a kind's class has no parameter
    private <T> Lease<T> lease(Class<? super T> kind, String type) {
        return (Lease<T>) plugins.lease(kind, type);
    }

    private static <O extends Record> Adapter adapter(AdapterType<O> type, Model model) {
        return made(() -> type.create(defaults(type), model));
    }

    private static <O extends Record> InnerOptimizer optimizer(OptimizerType<O> type) {
        return made(() -> type.create(defaults(type)));
    }

    private static <O extends Record> MetaObjective objective(ObjectiveType<O> type) {
        return made(() -> type.create(defaults(type)));
    }

    private static <O extends Record> O defaults(Plugin<O> plugin) {
        return Options.bind(JsonValue.of(Map.of()), plugin.options());
    }

    /** Its defaults suit no file that it has to read, or no model like the tiny one; or some keys have none. */
    private static final class Refusal extends RuntimeException {

        private static final long serialVersionUID = 1;

        Refusal(String message) {
            super(message);
        }
    }

    private static <T> T made(Supplier<T> make) {
        try {
            T made = make.get();
            require(made != null, "its create gives null");
            return made;
        } catch (IllegalArgumentException e) {
            throw new Refusal("refuses its defaults here: " + e.getMessage());
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** @param base of which some values are computed; null for none */
    private static Parameters initial(Compute compute, List<ParameterSpec> specs, Parameters base) {
        Random random = new Random(5);
        List<Tensor> tensors = new ArrayList<>();
        for (ParameterSpec spec : specs) {
            double[] elements;
            if (spec.initial() instanceof Initial.OfWeights computed) {
                elements = computed.computation().elements(name -> compute.download(base.get(name)));
            } else {
                Initial.Normal normal = (Initial.Normal) spec.initial();
                double deviation = base == null ? WEIGHTS : normal.standardDeviation();
                elements = random.doubles(spec.shape().size(), -1, 1).map(x -> normal.mean() + deviation * x).toArray();
            }
            require(elements.length == spec.shape().size(), spec.name() + " begins with " + elements.length
                    + " numbers, and has " + spec.shape().size());
            tensors.add(compute.constant(spec.shape(), elements));
        }
        return new Parameters(specs.stream().map(ParameterSpec::name).toList(), tensors);
    }

    /** One step of training. */
    private record Step(Learner learner, MetaObjective objective) {

        /** @param isSlope whether the gradient must be the slope of the loss */
        String taken(boolean isSlope) {
            Compute compute = learner.compute();
            List<ParameterSpec> specs = objective.parameters(learner);
            Parameters meta = initial(compute, specs, learner.weights());
            long before = compute.memory().liveBytes();
            double loss;
            try (Scope scope = compute.scope()) {
                MetaGradient found = objective.gradient(learner, meta, EPISODE);
                loss = found.loss();
                require(Double.isFinite(loss), "the loss is " + loss);
                require(found.gradient().names().equals(meta.names()),
                        "the gradient is by other parameters than are learned: " + found.gradient().names());
                double square = 0;
                for (int i = 0; i < specs.size(); i++) {
                    Tensor gradient = found.gradient().tensors().get(i);
                    require(gradient.shape().equals(specs.get(i).shape()), specs.get(i).name() + " is "
                            + specs.get(i).shape() + ", its gradient " + gradient.shape());
                    double[] elements = compute.download(gradient);
                    require(Arrays.stream(elements).allMatch(Double::isFinite), "the gradient by " + specs.get(i).name()
                            + " has elements that are no numbers");
                    square += Arrays.stream(elements).map(x -> x * x).sum();
                }
                require(square > 0, "the gradient is zero: nothing would be learned");
                if (isSlope) {
                    requireSlope(meta, found.gradient(), Math.sqrt(square));
                }
            }
            require(compute.memory().liveBytes() == before, "a step leaves "
                    + (compute.memory().liveBytes() - before) + " bytes behind");
            return String.format(Locale.ROOT, "a step of training with it: loss %.3f, a finite gradient of %d tensors%s",
                    loss, specs.size(), isSlope ? ", which is the slope of the loss" : "");
        }

        /** Along itself, a gradient's slope is its length. */
        private void requireSlope(Parameters meta, Parameters gradient, double length) {
            double slope = (lossAt(meta, gradient, DIFFERENCE / length) - lossAt(meta, gradient, -DIFFERENCE / length))
                    / (2 * DIFFERENCE);
            require(Math.abs(slope - length) <= TOLERANCE * length, "the gradient isn't the slope of the loss: along it, "
                    + "that is " + slope + ", and should be " + length);
        }

        private double lossAt(Parameters meta, Parameters along, double step) {
            Compute compute = learner.compute();
            try (Scope scope = compute.scope()) {
                Parameters there = meta.with(IntStream.range(0, meta.size()).mapToObj(i ->
                        compute.combine(1, meta.tensors().get(i), step, along.tensors().get(i))).toList());
                return objective.loss(learner, objective.encode(learner, there, EPISODE.segments(), passes -> { }).adapter(),
                        EPISODE.answers());
            }
        }
    }

    // ---- tasks, tokenizers and backends

    private <O extends Record> String episodes(TaskType<O> type) throws IOException {
        try (BaseModel base = memories.base(Installed.quickstart("base"))) {
            TaskSource source = made(() -> type.create(defaults(type), base.tokenizer()));
            long count = Math.min(EPISODES, source.episodes(TaskSource.Split.TRAIN).orElse(EPISODES));
            require(count > 0, "there are no episodes to learn from");
            for (long number = 0; number < count; number++) {
                Episode episode = source.episode(TaskSource.Split.TRAIN, number);
                require(episode.equals(source.episode(TaskSource.Split.TRAIN, number)), "episode " + number
                        + " is another one when it is asked for again");
            }
            Episode first = source.episode(TaskSource.Split.TRAIN, 0);
            Question question = first.questions().get(0);
            return "an episode of it: " + first.segments().size() + " pieces of context, " + first.questions().size()
                    + " questions; \"" + question.text() + "\" is answered by \"" + question.answer() + "\"";
        }
    }

    private static <O extends Record> String tokens(TokenizerFormat<O> format) {
        try (Tokenizer tokenizer = format.open(Installed.quickstart("base"), made(() -> defaults(format)))) {
            int[] tokens = tokenizer.encode(TEXT);
            require(Arrays.stream(tokens).allMatch(token -> token >= 0 && token < tokenizer.vocabulary()),
                    "it knows " + tokenizer.vocabulary() + " tokens, and gives " + Arrays.toString(tokens));
            return "it reads \"" + TEXT + "\" as " + tokens.length + " tokens, which it writes as \""
                    + tokenizer.decode(tokens) + "\"";
        } catch (IOException e) {
            throw new Refusal("needs other files than a model from Hugging Face has: " + e.getMessage());
        }
    }

    private static String product(Backend backend) {
        for (DType type : DType.values()) {
            try (Compute compute = backend.open(type)) {
                double[] product = compute.download(compute.matmul(compute.constant(new Shape(2, 3), 1, 2, 3, 4, 5, 6),
                        compute.constant(new Shape(3, 2), 1, -1, 2, 0.5, 0, 4)));
                require(Arrays.equals(new double[] {5, 12, 14, 22.5}, product), "a product in " + type + " is "
                        + Arrays.toString(product));
            }
        }
        return "it multiplies right, on " + backend.device();
    }
}
