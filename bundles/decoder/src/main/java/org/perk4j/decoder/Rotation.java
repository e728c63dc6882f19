package org.perk4j.decoder;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.perk4j.formats.ModelConfig;
import org.perk4j.tensor.Heads;
import org.perk4j.tensor.Ops;
import org.perk4j.tensor.Shape;
import org.perk4j.tensor.Tensor;

/**
 * The rotation of queries and keys by their positions (RoPE), by the angles {@code position·theta^(-2j/size)} (Su et al.
 * 2021). Models that were trained further on longer texts scale these angles down.
 *
 * @param frequencies the angles per position, in radians, one for each pair of a head's columns; if there are fewer, they
 *                    are for its first columns, and the others aren't rotated. Not to be modified
 * @param magnitude   a factor on rotated queries and keys
 */
public record Rotation(double[] frequencies, double magnitude) {

    /** "dynamic" differs from "default" only for texts longer than the model reads here. */
    private static final List<String> TYPES = List.of("default", "linear", "llama3", "yarn", "dynamic");

    /** These, and LongRoPE (Ding et al. 2024) by both of its names. */
    private static final List<String> TYPES_AND_LONG = List.of("default", "linear", "llama3", "yarn", "dynamic", "longrope",
            "su");

    /** The types of Phi-3. */
    private static final List<String> DEFAULT_AND_LONG = List.of("default", "longrope", "su");

    private static final String SHARE = "partial_rotary_factor";

    /** The kinds of layers that may be rotated each in its own way. */
    private static final List<String> KINDS = List.of("full_attention", "sliding_attention");

    /** Computes the factor on a frequency. */
    private interface Scaling {
        /**
         * @param frequency in radians per position
         * @param pair      the number of the pair of columns that it rotates
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
        ModelConfig rope = rope(config);
        for (String kind : KINDS) {
            rope.refuse(kind, "use a model with one rotation for all layers");
        }
        requireWhole(config, rope);
        return of(config, rope, 10_000, size, TYPES_AND_LONG);
    }

    /**
     * Like {@link #of(ModelConfig, int)}, for models that rotate only a head's first columns, the share that
     * {@code partial_rotary_factor} gives. Supports the types "default" and "longrope".
     */
    public static Rotation ofFirstColumns(ModelConfig config, int size) {
        ModelConfig rope = rope(config);
        double share = (rope.has(SHARE) ? rope : config).positiveNumber(SHARE, 1);
        int rotated = (int) (share * size);
        if (share > 1 || rotated < 2 || rotated % 2 != 0) {
            throw config.refusal(SHARE, share + " of the " + size + " columns of a head can't be rotated in pairs");
        }
        return of(config, rope, 10_000, rotated, DEFAULT_AND_LONG);
    }

    /**
     * Like {@link #of(ModelConfig, int)}, for models with several kinds of layers, each with its own rotation.
     *
     * @param rope   the object of the configuration for this kind
     * @param absent the default of theta
     */
    public static Rotation of(ModelConfig config, ModelConfig rope, double absent, int size) {
        requireWhole(config, rope);
        return of(config, rope, absent, size, TYPES);
    }

    /**
     * @return how many tokens a model reads: {@code max_position_embeddings}; with "longrope" as many as it was first
     *         trained on, since longer texts are rotated by other angles
     */
    static int positions(ModelConfig config) {
        int positions = config.count("max_position_embeddings");
        ModelConfig rope = rope(config);
        boolean isLong = !TYPES.contains(type(rope, TYPES_AND_LONG));
        return isLong ? (int) Math.min(positions, firstPositions(config, rope)) : positions;
    }

    private static ModelConfig rope(ModelConfig config) {
        return config.object(config.has("rope_scaling") ? "rope_scaling" : "rope_parameters");
    }

    private static void requireWhole(ModelConfig config, ModelConfig rope) {
        (rope.has(SHARE) ? rope : config).requireOnly(SHARE, 1.0, "take a model whose heads are rotated whole");
    }

    private static String type(ModelConfig rope, List<String> supported) {
        String key = rope.has("rope_type") || !rope.has("type") ? "rope_type" : "type"; // as older files call it
        return rope.oneOf(key, supported, "set " + rope.path() + "." + key + " to \"default\", and"
                + " max_position_embeddings to the length of the texts that the model was first trained on, to read texts of"
                + " that length");
    }

    private static Rotation of(ModelConfig config, ModelConfig rope, double absent, int size, List<String> types) {
        double theta = (rope.has("rope_theta") ? rope : config).positiveNumber("rope_theta", absent);
        return switch (type(rope, types)) {
            case "linear" -> new Rotation(theta, size, linear(rope), 1);
            case "llama3" -> new Rotation(theta, size, llama3(rope, firstPositions(config, rope)), 1);
            case "yarn" -> yarn(theta, size, config, rope);
            case "longrope", "su" -> longRope(theta, size, config, rope);
            default -> plain(theta, size);
        };
    }

    private boolean isOfAllColumns(Heads heads) {
        return frequencies.length == heads.size() / 2;
    }

    /** @return the factor of the magnitude on all scores; 1 if only some columns are rotated, which are scaled themselves */
    double scale(Heads heads) {
        return isOfAllColumns(heads) ? magnitude * magnitude : 1;
    }

    Tensor apply(ForwardPass pass, Heads heads, Tensor packed) {
        if (isOfAllColumns(heads)) {
            return pass.ops().rotate(packed, heads, pass.tokens().positions(), frequencies, false);
        }
        double[] all = Arrays.copyOf(frequencies, heads.size() / 2); // those of the other columns are 0
        int first = frequencies.length;
        int others = all.length - first;
        return pass.ops().scoped(() -> {
            Tensor apart = exchanged(pass.ops(), heads, packed, first, first, others);
            Tensor rotated = pass.ops().rotate(apart, heads, pass.tokens().positions(), all, false);
            Tensor back = exchanged(pass.ops(), heads, rotated, first, others, first);
            return magnitude == 1 ? back : magnified(pass.ops(), heads, back);
        });
    }

    /**
     * Exchanges columns so that those of a pair are half a head apart, as {@link Ops#rotate} needs them, and back.
     *
     * @return {@code packed} with the second and the third part of each head's columns exchanged
     */
    private static Tensor exchanged(Ops ops, Heads heads, Tensor packed, int first, int second, int third) {
        int fourth = first + second + third;
        return ofEachHead(ops, heads, packed, row -> ops.concatenateColumns(ops.columns(row, 0, first),
                ops.columns(row, first + second, third), ops.columns(row, first, second),
                ops.columns(row, fourth, heads.size() - fourth)));
    }

    /** @return {@code packed} with the rotated columns of queries and keys multiplied by the magnitude */
    private Tensor magnified(Ops ops, Heads heads, Tensor packed) {
        int rotated = 2 * frequencies.length;
        int values = packed.columns() - heads.keyValueColumns();
        return ops.scoped(() -> ops.concatenateColumns(
                ofEachHead(ops, heads, ops.columns(packed, 0, values), row -> ops.concatenateColumns(
                        ops.scale(ops.columns(row, 0, rotated), magnitude),
                        ops.columns(row, rotated, heads.size() - rotated))),
                ops.columns(packed, values, heads.keyValueColumns())));
    }

    /** @param step applied to rows that each have one head's columns */
    private static Tensor ofEachHead(Ops ops, Heads heads, Tensor packed, UnaryOperator<Tensor> step) {
        return ops.scoped(() -> {
            int count = packed.columns() / heads.size();
            Tensor rows = ops.reshape(packed, new Shape(packed.rows() * count, heads.size()));
            return ops.reshape(step.apply(rows), packed.shape());
        });
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
            double turns = positions * frequency / (2 * Math.PI); // over the texts that the model was first trained on
            return between(factor, Math.max(0, Math.min(1, (turns - low) / (high - low))));
        };
    }

    /** YaRN (Peng et al. 2023): high frequencies are kept, low ones divided by the factor, those between are blended. */
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

    /** @return the pair of columns that makes this number of turns over the positions; may lie between two pairs */
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

    /** LongRoPE: a divisor for each pair of columns, and a magnitude that follows from how much longer texts became. */
    private static Rotation longRope(double theta, int size, ModelConfig config, ModelConfig rope) {
        double[] divisors = rope.numbers("short_factor");
        if (divisors.length != size / 2 || Arrays.stream(divisors).anyMatch(divisor -> !(divisor > 0))) {
            throw rope.refusal("short_factor", "there must be " + size / 2
                    + " positive numbers, one for each pair of columns");
        }
        double positions = firstPositions(config, rope);
        double factor = rope.has("factor") ? rope.positiveNumber("factor")
                : config.positiveNumber("max_position_embeddings") / positions;
        double magnitude = rope.has("attention_factor") ? rope.positiveNumber("attention_factor")
                : factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(positions));
        return new Rotation(theta, size, (frequency, pair) -> 1 / divisors[pair], magnitude);
    }

    private static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    private static double between(double factor, double kept) {
        return kept + (1 - kept) / factor;
    }
}
