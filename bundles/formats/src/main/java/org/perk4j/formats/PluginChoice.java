package org.perk4j.formats;

import java.util.Map;

/**
 * A plugin picked by a job file: {@code {"type": "lora", "rank": 16}}, or just {@code "lora"} with default options. The
 * class of its options is known only once the plugin is leased; see {@link Options#bind}.
 *
 * @param type    the plugin's type
 * @param options the other keys
 */
public record PluginChoice(String type, JsonValue options) {

    /** Makes a choice without a file. */
    public static PluginChoice of(String type, Map<String, ?> options) {
        return new PluginChoice(type, JsonValue.of(options));
    }

    @Override
    public String toString() {
        return type + options;
    }
}
