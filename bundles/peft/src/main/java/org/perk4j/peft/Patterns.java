package org.perk4j.peft;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.perk4j.formats.JsonValue;

/**
 * Numbers for layers whose names match a regular expression, as a whole or from a dot on (PEFT's {@code rank_pattern} and
 * {@code alpha_pattern}). The first pattern that matches counts.
 */
public final class Patterns {

    private final Map<Pattern, Double> numbers = new LinkedHashMap<>();

    /**
     * @param key   the option's key, for messages
     * @param value an object with regular expressions as keys and numbers as values
     * @throws IllegalArgumentException naming the key, if the value is something else
     */
    public Patterns(String key, JsonValue value) {
        if (value.members() == null) {
            throw new IllegalArgumentException(key + ": must be an object of regular expressions, with a number each");
        }
        value.members().forEach((pattern, number) -> {
            if (!(number.content() instanceof Number given) || !Double.isFinite(given.doubleValue())) {
                throw new IllegalArgumentException(key + "." + pattern + ": must be a finite number");
            }
            try {
                numbers.put(Pattern.compile("(.*\\.)?(" + pattern + ")"), given.doubleValue());
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(key + ": " + pattern + " is not a regular expression: "
                        + e.getDescription(), e);
            }
        });
    }

    /** @return the number for a layer, {@code otherwise} if no pattern matches its name */
    public double of(String name, double otherwise) {
        return numbers.entrySet().stream().filter(entry -> entry.getKey().matcher(name).matches()).findFirst()
                .map(Map.Entry::getValue).orElse(otherwise);
    }
}
