package org.perk4j.model.llama;

import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.formats.ModelConfig;

/**
 * How far a position rotates queries and keys: by the angles {@code position·theta^(-2j/size)} (Su et al. 2021), made
 * smaller for models that were trained further on longer texts.
 *
 * @param theta     {@code rope_theta}
 * @param scaling   what the frequencies are multiplied by, for each
 * @param magnitude what rotated queries and keys are multiplied by
 */
record Rotation(double theta, Scaling scaling, double magnitude) {

    /** Of these "dynamic" only differs from "default" for texts that are longer than the model reads here. */
    private static final List<String> TYPES = List.of("default", "linear", "llama3", "yarn", "dynamic");

    /** What a frequency is multiplied by. */
    interface Scaling {
        /**
         * @param frequency in radians per position
         * @param pair      number of the pair of columns that it rotates
         * @param size      columns of a head
         */
        double of(double frequency, int pair, int size);
    }

    /**
     * What {@code rope_scaling} says, or {@code rope_parameters}, where {@code config.json} is of transformers 5. What isn't
     * there is looked for beside it.
     */
    static Rotation of(ModelConfig config) {
        ModelConfig rope = config.object(config.has("rope_scaling") ? "rope_scaling" : "rope_parameters");
        for (String kind : List.of("full_attention", "sliding_attention")) {
            rope.refuse(kind, "take a model whose layers are all rotated alike");
        }
        (rope.has("partial_rotary_factor") ? rope : config).requireOnly("partial_rotary_factor", 1.0,
                "take a model whose heads are rotated whole");
        double theta = (rope.has("rope_theta") ? rope : config).positiveNumber("rope_theta", 10_000);
        String key = rope.has("rope_type") || !rope.has("type") ? "rope_type" : "type"; // as older files call it
        String type = rope.oneOf(key, TYPES, "set " + rope.path() + "." + key + " to \"default\", and max_position_embeddings to"
                + " the length of the texts that the model was first trained on, to read texts of that length");
        return switch (type) {
            case "linear" -> new Rotation(theta, linear(rope), 1);
            case "llama3" -> new Rotation(theta, llama3(rope, firstPositions(config, rope)), 1);
            case "yarn" -> yarn(theta, config, rope);
            default -> new Rotation(theta, (frequency, pair, size) -> 1, 1);
        };
    }

    /** @return the length of the texts that the model was first trained on */
    private static double firstPositions(ModelConfig config, ModelConfig rope) {
        String key = "original_max_position_embeddings";
        return config.has(key) ? config.positiveNumber(key) : rope.has(key) ? rope.positiveNumber(key)
                : config.positiveNumber("max_position_embeddings");
    }

    private static Scaling linear(ModelConfig rope) {
        double factor = rope.positiveNumber("factor");
        return (frequency, pair, size) -> 1 / factor;
    }

    private static Scaling llama3(ModelConfig rope, double positions) {
        double factor = rope.positiveNumber("factor");
        double low = rope.positiveNumber("low_freq_factor");
        double high = rope.positiveNumber("high_freq_factor");
        if (high <= low) {
            throw rope.refusal("high_freq_factor", high + " must be more than low_freq_factor, which is " + low);
        }
        return (frequency, pair, size) -> {
            double turns = positions * frequency / (2 * Math.PI); // in all that the model was first trained on
            return between(factor, Math.max(0, Math.min(1, (turns - low) / (high - low))));
        };
    }

    /** YaRN (Peng et al. 2023): what turns often enough is kept, what turns too little divided, and pairs between in between. */
    private static Rotation yarn(double theta, ModelConfig config, ModelConfig rope) {
        double positions = firstPositions(config, rope);
        double factor = rope.has("factor") ? rope.positiveNumber("factor")
                : config.positiveNumber("max_position_embeddings") / positions;
        double fast = rope.positiveNumber("beta_fast", 32);
        double slow = rope.positiveNumber("beta_slow", 1);
        boolean whole = !rope.has("truncate") || rope.flag("truncate");
        Scaling scaling = (frequency, pair, size) -> {
            double first = pairThatTurns(fast, positions, theta, size);
            double last = pairThatTurns(slow, positions, theta, size);
            double from = Math.max(0, whole ? Math.floor(first) : first);
            double to = Math.min(size - 1, whole ? Math.ceil(last) : last);
            return between(factor, 1 - Math.max(0, Math.min(1, (pair - from) / (from == to ? 0.001 : to - from))));
        };
        return new Rotation(theta, scaling, yarnMagnitude(rope, factor));
    }

    /** @return which pair of columns makes so many turns over the positions; it may lie between two */
    private static double pairThatTurns(double turns, double positions, double theta, int size) {
        return size * Math.log(positions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    private static double yarnMagnitude(ModelConfig rope, double factor) {
        if (rope.has("attention_factor")) {
            return rope.positiveNumber("attention_factor");
        }
        return rope.has("mscale") && rope.has("mscale_all_dim")
                ? magnitude(factor, rope.positiveNumber("mscale")) / magnitude(factor, rope.positiveNumber("mscale_all_dim"))
                : magnitude(factor, 1);
    }

    private static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    private static double between(double factor, double kept) {
        return kept + (1 - kept) / factor;
    }

    /** @return the angles per position of a head with {@code size} columns, {@code size/2} of them, in radians */
    double[] frequencies(int size) {
        return IntStream.range(0, size / 2).mapToDouble(pair -> {
            double frequency = Math.pow(theta, -2.0 * pair / size);
            return frequency * scaling.of(frequency, pair, size);
        }).toArray();
    }
}
