package org.perk4j.model.llama;

import java.util.List;
import java.util.stream.IntStream;
import org.perk4j.formats.ModelConfig;

/**
 * How far a position rotates queries and keys: by the angles {@code position·theta^(-2j/size)} (Su et al. 2021), made
 * smaller for models that were trained further on longer texts.
 *
 * @param theta   {@code rope_theta}
 * @param scaling what the frequencies are multiplied by, for each
 */
record Rotation(double theta, Scaling scaling) {

    private static final List<String> TYPES = List.of("default", "linear", "llama3");

    /** What a frequency, in radians per position, is multiplied by. */
    interface Scaling {
        double of(double frequency);
    }

    /**
     * What {@code rope_parameters} says, where {@code config.json} is of transformers 5; else {@code rope_theta} and
     * {@code rope_scaling}.
     */
    static Rotation of(ModelConfig config) {
        ModelConfig rope = config.object(config.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
        ModelConfig ofTheta = rope.has("rope_theta") ? rope : config;
        (rope.has("partial_rotary_factor") ? rope : config).requireOnly("partial_rotary_factor", 1.0,
                "take a model whose heads are rotated whole");
        return new Rotation(ofTheta.positiveNumber("rope_theta", 10_000), scaling(rope));
    }

    private static Scaling scaling(ModelConfig rope) {
        String key = rope.has("rope_type") || !rope.has("type") ? "rope_type" : "type"; // as older files call it
        String type = rope.oneOf(key, TYPES, "take " + rope.path() + " out to read texts of the length that the model was"
                + " first trained on");
        if (type.equals("default")) {
            return frequency -> 1;
        }
        double factor = rope.positiveNumber("factor");
        if (type.equals("linear")) {
            return frequency -> 1 / factor;
        }
        double low = rope.positiveNumber("low_freq_factor");
        double high = rope.positiveNumber("high_freq_factor");
        double positions = rope.positiveNumber("original_max_position_embeddings");
        if (high <= low) {
            throw rope.refusal("high_freq_factor", high + " must be more than low_freq_factor, which is " + low);
        }
        return frequency -> {
            double turns = positions * frequency / (2 * Math.PI); // in all that the model was first trained on
            double kept = Math.max(0, Math.min(1, (turns - low) / (high - low)));
            return kept + (1 - kept) / factor;
        };
    }

    /** @return the angles per position of a head with {@code size} columns, {@code size/2} of them, in radians */
    double[] frequencies(int size) {
        return IntStream.range(0, size / 2).mapToDouble(j -> Math.pow(theta, -2.0 * j / size))
                .map(frequency -> frequency * scaling.of(frequency)).toArray();
    }
}
