package org.perk4j.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Json;

/**
 * How tokens are chosen if nobody says it: as the model's {@code generation_config.json} has it.
 *
 * @param temperature as in {@link Decoding}
 * @param topP        as in {@link Decoding}
 */
public record Sampling(double temperature, double topP) {

    /** Always the likeliest token. */
    public static final Sampling GREEDY = new Sampling(0, 1);

    private static final String FILE = "generation_config.json";

    /**
     * @param folder that may have the file
     * @throws IOException naming the key of the file that is out of range
     */
    static Sampling in(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (Files.notExists(file)) {
            return GREEDY;
        }
        Map<String, Object> config = Json.readObject(file);
        if (!Boolean.TRUE.equals(config.get("do_sample"))) {
            return GREEDY;
        }
        return new Sampling(positive(file, config, "temperature", Double.MAX_VALUE), positive(file, config, "top_p", 1));
    }

    private static double positive(Path file, Map<String, Object> config, String key, double most) throws IOException {
        Object value = config.get(key);
        if (value == null) {
            return 1;
        }
        if (!(value instanceof Double number) || !(number > 0 && number <= most)) {
            throw new FileFormatException(file, key + ": " + Json.writeLine(value) + " is not a number above 0"
                    + (most == 1 ? " up to 1" : "") + ": correct it, or set do_sample to false");
        }
        return number;
    }
}
