package org.perk4j.studies;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.perk4j.formats.JsonValue;
import org.perk4j.plugin.Plugin;

/** Changes to jobs. Each value keeps its place in its file, for messages about it. */
final class Changes {

    /** Changes nothing. */
    static final JsonValue NONE = JsonValue.of(Map.of());

    private Changes() {
    }

    /**
     * @return the value, changed: an object has the keys of both, those of both changed in the same way; anything else, and
     *         a plugin of another type, is replaced
     */
    static JsonValue apply(JsonValue change, JsonValue value) {
        if (change.members() == null || isOfAnotherType(change, value)) {
            return change;
        }
        if (change.members().isEmpty()) {
            return value;
        }
        Map<String, JsonValue> members = new LinkedHashMap<>();
        if (value.members() != null) {
            members.putAll(value.members());
        } else if (value.content() instanceof String) { // a plugin without options
            members.put(Plugin.TYPE, value);
        }
        change.members().forEach((key, member) -> members.merge(key, member, (old, changed) -> apply(changed, old)));
        return new JsonValue(members, change.place());
    }

    /** @return the object with this value for the key */
    static JsonValue with(JsonValue object, String key, JsonValue value) {
        Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
        members.put(key, value);
        return new JsonValue(members, object.place());
    }

    /** @return the type of a plugin that a job picks; null if it names none */
    static String type(JsonValue plugin) {
        JsonValue type = plugin.members() == null ? plugin : plugin.members().get(Plugin.TYPE);
        return type != null && type.content() instanceof String name ? name : null;
    }

    private static boolean isOfAnotherType(JsonValue change, JsonValue value) {
        return type(change) != null && !type(change).equals(type(value));
    }

    static void requireObjects(String names, JsonValue... values) {
        if (Stream.of(values).anyMatch(value -> value.members() == null)) {
            throw new IllegalArgumentException(names + " must be objects, {…}");
        }
    }
}
