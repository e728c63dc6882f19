package org.perk4j.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;

/**
 * How a token is chosen. The penalties come first, then the temperature, {@code topK} and {@code topP}, as in vLLM and
 * transformers.
 *
 * @param temperature       0 always takes the likeliest token; 1 samples from the model's own distribution
 * @param topP              samples only from the likeliest tokens that together have this probability (Holtzman et al. 2020)
 * @param topK              samples only from so many likeliest tokens; 0 for all
 * @param repetitionPenalty what the scores of tokens in the prompt or the answer are divided by, or multiplied with if they
 *                          are negative (Keskar et al. 2019); 1 for none
 * @param presencePenalty   what is subtracted from the score of a token that the answer has already
 * @param frequencyPenalty  the same, for each time it has it
 */
public record Sampling(double temperature, double topP, int topK, double repetitionPenalty, double presencePenalty,
                       double frequencyPenalty) {

    /** Always the likeliest token. */
    public static final Sampling GREEDY = new Sampling(0, 1);

    private static final String FILE = "generation_config.json";

    /** @throws IllegalArgumentException naming what is out of range */
    public Sampling {
        require(temperature >= 0, "temperature must be at least 0");
        require(topP > 0 && topP <= 1, "topP must be above 0 and at most 1");
        require(topK >= 0, "topK must be at least 0");
        require(repetitionPenalty > 0, "repetitionPenalty must be above 0");
        require(Double.isFinite(presencePenalty) && Double.isFinite(frequencyPenalty), "a penalty must be finite");
    }

    /** Without penalties, from any number of tokens. */
    public Sampling(double temperature, double topP) {
        this(temperature, topP, 0, 1, 0, 0);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /** @return whether it matters which tokens there were before */
    boolean penalizes() {
        return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
    }

    /**
     * @param folder that may have the model's {@code generation_config.json}
     * @return what the file says, for who asks the model and doesn't say it
     * @throws IOException naming the key of the file that is out of range
     */
    static Sampling in(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (Files.notExists(file)) {
            return GREEDY;
        }
        Map<String, Object> config = Json.readObject(file);
        double repetitionPenalty = positive(file, config, "repetition_penalty", Double.MAX_VALUE, "remove it");
        if (!Boolean.TRUE.equals(config.get("do_sample"))) {
            return new Sampling(0, 1, 0, repetitionPenalty, 0, 0);
        }
        String remedy = "set do_sample to false";
        return new Sampling(positive(file, config, "temperature", Double.MAX_VALUE, remedy),
                positive(file, config, "top_p", 1, remedy), topK(file, config.get("top_k")), repetitionPenalty, 0, 0);
    }

    private static int topK(Path file, Object value) throws IOException {
        if (value == null) {
            return 0;
        }
        if (!(value instanceof Double number) || number < 0 || number != Math.rint(number)) {
            throw new FileFormatException(file, "top_k: " + Json.writeLine(value)
                    + " is not a whole number of at least 0: correct it, or set do_sample to false");
        }
        return (int) Math.min(Integer.MAX_VALUE, number);
    }

    private static double positive(Path file, Map<String, Object> config, String key, double most, String otherwise)
            throws IOException {
        Object value = config.get(key);
        if (value == null) {
            return 1;
        }
        if (!(value instanceof Double number) || !(number > 0 && number <= most)) {
            throw new FileFormatException(file, key + ": " + Json.writeLine(value) + " is not a number above 0"
                    + (most == 1 ? " up to 1" : "") + ": correct it, or " + otherwise);
        }
        return number;
    }
}
