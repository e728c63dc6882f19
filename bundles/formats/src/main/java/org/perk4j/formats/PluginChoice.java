package org.perk4j.formats;

import java.util.Map;

/**
 * A plugin as a job file picks it: {@code {"type": "lora", "rank": 16}}, or just {@code "lora"} with all options at their
 * defaults. Which options there are is known only once the plugin is leased; see {@link Options#bind}.
 *
 * @param type    the plugin's type
 * @param options the other keys
 */
public record PluginChoice(String type, JsonValue options) {

    /** A choice that comes from no file. */
    public static PluginChoice of(String type, Map<String, ?> options) {
        return new PluginChoice(type, JsonValue.of(options));
    }

    @Override
    public String toString() {
        return type + options;
    }
}
