package org.perk4j.decoder;

import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.formats.ModelConfig;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Tensor;

/**
 * The rotation of queries and keys by their positions: by the angles {@code position·theta^(-2j/size)} (Su et al. 2021),
 * which are smaller in models that were trained further on longer texts.
 *
 * @param frequencies the angles per position, in radians, one for each pair of a head's columns; not to be modified
 * @param magnitude   a factor on rotated queries and keys
 */
public record Rotation(double[] frequencies, double magnitude) {

    /** Of these "dynamic" only differs from "default" for texts that are longer than the model reads here. */
    private static final List<String> TYPES = List.of("default", "linear", "llama3", "yarn", "dynamic");

    /** The kinds of layers that may be rotated each in its own way. */
    private static final List<String> KINDS = List.of("full_attention", "sliding_attention");

    /** What a frequency is multiplied by. */
    private interface Scaling {
        /**
         * @param frequency in radians per position
         * @param pair      number of the pair of columns that it rotates
         */
        double of(double frequency, int pair);
    }

    private Rotation(double theta, int size, Scaling scaling, double magnitude) {
        this(IntStream.range(0, size / 2).mapToDouble(pair -> {
            double frequency = Math.pow(theta, -2.0 * pair / size);
            return frequency * scaling.of(frequency, pair);
        }).toArray(), magnitude);
    }

    /** @return the rotation without any scaling, for heads with {@code size} columns */
    public static Rotation plain(double theta, int size) {
        return new Rotation(theta, size, (frequency, pair) -> 1, 1);
    }

    /**
     * Reads {@code rope_scaling}, or {@code rope_parameters} if transformers 5 wrote {@code config.json}. Keys that are
     * missing in that object are looked up beside it.
     *
     * @param size the number of a head's columns
     * @throws IllegalArgumentException naming the key that is missing, malformed or asks for an unsupported variant
     */
    public static Rotation of(ModelConfig config, int size) {
        ModelConfig rope = config.object(config.has("rope_scaling") ? "rope_scaling" : "rope_parameters");
        for (String kind : KINDS) {
            rope.refuse(kind, "take a model whose layers are all rotated alike");
        }
        return of(config, rope, 10_000, size);
    }

    /**
     * Like {@link #of(ModelConfig, int)}, for models whose layers are of several kinds with a rotation each.
     *
     * @param rope   the object of the configuration for this kind
     * @param absent the default of theta
     */
    public static Rotation of(ModelConfig config, ModelConfig rope, double absent, int size) {
        (rope.has("partial_rotary_factor") ? rope : config).requireOnly("partial_rotary_factor", 1.0,
                "take a model whose heads are rotated whole");
        double theta = (rope.has("rope_theta") ? rope : config).positiveNumber("rope_theta", absent);
        String key = rope.has("rope_type") || !rope.has("type") ? "rope_type" : "type"; // as older files call it
        String type = rope.oneOf(key, TYPES, "set " + rope.path() + "." + key + " to \"default\", and"
                + " max_position_embeddings to the length of the texts that the model was first trained on, to read texts of"
                + " that length");
        return switch (type) {
            case "linear" -> new Rotation(theta, size, linear(rope), 1);
            case "llama3" -> new Rotation(theta, size, llama3(rope, firstPositions(config, rope)), 1);
            case "yarn" -> yarn(theta, size, config, rope);
            default -> plain(theta, size);
        };
    }

    Tensor apply(ForwardPass pass, Heads heads, Tensor packed) {
        return pass.ops().rotate(packed, heads, pass.tokens().positions(), frequencies, false);
    }

    /** @return the length of the texts that the model was first trained on */
    private static double firstPositions(ModelConfig config, ModelConfig rope) {
        String key = "original_max_position_embeddings";
        return config.has(key) ? config.positiveNumber(key) : rope.has(key) ? rope.positiveNumber(key)
                : config.positiveNumber("max_position_embeddings");
    }

    private static Scaling linear(ModelConfig rope) {
        double factor = rope.positiveNumber("factor");
        return (frequency, pair) -> 1 / factor;
    }

    private static Scaling llama3(ModelConfig rope, double positions) {
        double factor = rope.positiveNumber("factor");
        double low = rope.positiveNumber("low_freq_factor");
        double high = rope.positiveNumber("high_freq_factor");
        if (high <= low) {
            throw rope.refusal("high_freq_factor", high + " must be more than low_freq_factor, which is " + low);
        }
        return (frequency, pair) -> {
            double turns = positions * frequency / (2 * Math.PI); // in all that the model was first trained on
            return between(factor, Math.max(0, Math.min(1, (turns - low) / (high - low))));
        };
    }

    /** YaRN (Peng et al. 2023): what turns often enough is kept, what turns too little divided, pairs between in between. */
    private static Rotation yarn(double theta, int size, ModelConfig config, ModelConfig rope) {
        double positions = firstPositions(config, rope);
        double factor = rope.has("factor") ? rope.positiveNumber("factor")
                : config.positiveNumber("max_position_embeddings") / positions;
        double fast = rope.positiveNumber("beta_fast", 32);
        double slow = rope.positiveNumber("beta_slow", 1);
        boolean whole = !rope.has("truncate") || rope.flag("truncate");
        Scaling scaling = (frequency, pair) -> {
            double first = pairThatTurns(fast, positions, theta, size);
            double last = pairThatTurns(slow, positions, theta, size);
            double from = Math.max(0, whole ? Math.floor(first) : first);
            double to = Math.min(size - 1, whole ? Math.ceil(last) : last);
            return between(factor, 1 - Math.max(0, Math.min(1, (pair - from) / (from == to ? 0.001 : to - from))));
        };
        return new Rotation(theta, size, scaling, yarnMagnitude(rope, factor));
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
}
