package org.perk4j.tasks.files;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fields of a JSON object, with a message that names the place where one isn't what it should be. */
final class Fields {

    private final JsonObject object;
    private final String place;
    private final Entries entries;

    Fields(JsonObject object, String place, Entries entries) {
        this.object = object;
        this.place = place;
        this.entries = entries;
    }

    /** @return all fields, in order; each must be a string, number or boolean */
    Map<String, String> all() {
        Map<String, String> all = new LinkedHashMap<>();
        object.keySet().forEach(key -> all.put(key, text(key)));
        return all;
    }

    String text(String key) {
        return text(get(key), at(key));
    }

    /** @return a list of strings; empty if there is no such key */
    List<String> textsIfAny(String key) {
        return object.has(key) ? texts(key, list(key)) : List.of();
    }

    /** @return a list of strings that isn't empty */
    List<String> texts(String key) {
        return texts(key, filled(key));
    }

    private List<String> texts(String key, List<JsonElement> list) {
        List<String> texts = new ArrayList<>();
        for (JsonElement entry : list) {
            texts.add(text(entry, at(key) + "[" + texts.size() + "]"));
        }
        return List.copyOf(texts);
    }

    /** @return a list of objects that isn't empty */
    List<Fields> objects(String key) {
        List<Fields> objects = new ArrayList<>();
        for (JsonElement entry : filled(key)) {
            String here = at(key) + "[" + objects.size() + "]";
            if (!entry.isJsonObject()) {
                throw entries.problem(here, "expected an object, {…}");
            }
            objects.add(new Fields(entry.getAsJsonObject(), here, entries));
        }
        return objects;
    }

    private List<JsonElement> filled(String key) {
        List<JsonElement> list = list(key);
        if (list.isEmpty()) {
            throw entries.problem(at(key), "there is nothing in this list: give it at least one entry");
        }
        return list;
    }

    private List<JsonElement> list(String key) {
        JsonElement value = get(key);
        if (!value.isJsonArray()) {
            throw entries.problem(at(key), "expected a list, […]");
        }
        return entries.of(value.getAsJsonArray());
    }

    private JsonElement get(String key) {
        if (!object.has(key)) {
            throw entries.problem(place, "the key " + key + " is missing: add it");
        }
        return object.get(key);
    }

    private String text(JsonElement value, String at) {
        if (!value.isJsonPrimitive()) {
            throw entries.problem(at, "expected a string, \"…\"");
        }
        return value.getAsString();
    }

    private String at(String key) {
        return place.isEmpty() ? key : place + "." + key;
    }
}
