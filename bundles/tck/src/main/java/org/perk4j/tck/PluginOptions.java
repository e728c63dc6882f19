package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.function.Executable;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.Options;
import org.perk4j.plugin.Option;
import org.perk4j.plugin.Plugin;

/** What every plugin's options must be like. */
final class PluginOptions {

    private PluginOptions() {
    }

    /** @param options the keys of a job beside the type */
    static <O extends Record> O bind(Plugin<O> plugin, Map<String, ?> options) {
        return Options.bind(JsonValue.of(options), plugin.options());
    }

    /** Options can be made from outside the bundle, and each says in one line what it is for. */
    static void assertDescribed(Plugin<?> plugin) {
        Class<?> options = plugin.options();
        assertTrue(Modifier.isPublic(options.getModifiers()), options + " must be public");
        for (RecordComponent component : options.getRecordComponents()) {
            Option option = component.getAnnotation(Option.class);
            assertNotNull(option, component.getName() + " needs an @Option");
            assertFalse(option.help().isBlank() || option.help().contains("\n"), component.getName() + ": help of one line");
        }
    }

    /** @param bad by the key that a message must name: options that have a bad value there */
    static void assertRefused(Map<String, Map<String, ?>> bad, Consumer<Map<String, ?>> create) {
        bad.forEach((key, options) -> {
            Executable creation = () -> create.accept(options);
            String message = assertThrows(IllegalArgumentException.class, creation, options::toString).getMessage();
            assertTrue(message.contains(key), () -> "names " + key + ": " + message);
            assertEquals(1, message.lines().count(), message);
        });
    }
}
