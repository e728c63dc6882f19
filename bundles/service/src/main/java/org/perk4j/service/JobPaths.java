package org.perk4j.service;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.perk4j.formats.JsonValue;
import org.perk4j.formats.NamedModel;
import org.perk4j.formats.PluginChoice;
import org.perk4j.plugin.Option;
import org.perk4j.plugin.Plugin;

/**
 * Resolves the names of files and folders in a job's document: those that it reads against one folder, those that it writes
 * against another. {@link Option#file} marks which strings are such names. Models that are known by a name of their own
 * keep it.
 *
 * @param read     the folder for names of what is read; absolute and normalized
 * @param written  the folder for names of what is written; absolute and normalized
 * @param anywhere whether other places may be named as well
 * @param plugins  gives the options of all plugins of a type
 */
record JobPaths(Path read, Path written, boolean anywhere, Function<String, List<Class<? extends Record>>> plugins) {

    /**
     * @param document a job of the type that {@code type} describes
     * @return the document with absolute names, and with an output folder if it has none
     * @throws IllegalArgumentException naming the key and the remedy, if it names a place that it may not name
     */
    JsonValue resolved(JsonValue document, Class<? extends Record> type) {
        JsonValue named = object(document, List.of(type), false);
        if (named.members() == null) {
            return named; // binding it reports what is wrong
        }
        Map<String, JsonValue> members = new LinkedHashMap<>(named.members());
        for (RecordComponent component : type.getRecordComponents()) {
            Option option = component.getAnnotation(Option.class);
            if (option.file() == Option.File.WRITTEN && option.value().equals(Option.REQUIRED)) {
                members.putIfAbsent(component.getName(), new JsonValue(written.toString(), document.place()));
            }
        }
        return new JsonValue(members, document.place());
    }

    /** @param strict whether a string without a mark must not look like the name of a file */
    private JsonValue object(JsonValue value, List<Class<? extends Record>> types, boolean strict) {
        if (value.members() == null) {
            return value(value, strict);
        }
        Map<String, JsonValue> members = new LinkedHashMap<>();
        value.members().forEach((key, member) -> members.put(key, component(types, key)
                .map(component -> member(member, component, strict)).orElseGet(() -> value(member, strict))));
        return new JsonValue(members, value.place());
    }

    /** @return the component of that name; of several, one that is marked, if any is */
    private static Optional<RecordComponent> component(List<Class<? extends Record>> types, String key) {
        return types.stream().flatMap(type -> Stream.of(type.getRecordComponents()))
                .filter(component -> component.getName().equals(key)).max(Comparator.comparing(JobPaths::file));
    }

    private static Option.File file(RecordComponent component) {
        Option option = component.getAnnotation(Option.class);
        return option == null ? Option.File.NONE : option.file();
    }

    private JsonValue member(JsonValue value, RecordComponent component, boolean strict) {
        Type type = component.getGenericType();
        Class<?> element = (Class<?>) (type instanceof ParameterizedType list ? list.getActualTypeArguments()[0] : type);
        if (value.elements() != null) {
            return new JsonValue(value.elements().stream().map(each -> element(each, element, file(component), strict))
                    .toList(), value.place());
        }
        return element(value, element, file(component), strict);
    }

    private JsonValue element(JsonValue value, Class<?> type, Option.File file, boolean strict) {
        if (type == PluginChoice.class) {
            return plugin(value);
        }
        if (type.isRecord()) {
            return object(value, List.of(type.asSubclass(Record.class)), strict);
        }
        if (file == Option.File.NONE || !(value.content() instanceof String name) || name.isEmpty()) {
            return value(value, strict);
        }
        boolean isModel = file == Option.File.READ && NamedModel.of(name).isPresent();
        return isModel ? value : new JsonValue(place(value, name, file == Option.File.READ ? read : written), value.place());
    }

    private JsonValue plugin(JsonValue value) {
        if (value.members() == null || !value.members().containsKey(Plugin.TYPE)
                || !(value.members().get(Plugin.TYPE).content() instanceof String type)) {
            return value(value, true);
        }
        return object(value, plugins.apply(type), true);
    }

    private String place(JsonValue value, String name, Path folder) {
        Path place;
        try {
            place = folder.resolve(name).normalize();
        } catch (InvalidPathException e) {
            throw refused(value, "this is not a file name: " + e.getMessage());
        }
        if (!anywhere && !place.startsWith(folder)) {
            throw refused(value, "a job that comes by HTTP can't name files outside of the service's data: copy the file "
                    + "into the folder --data, or put the job as a file into its folder jobs/");
        }
        return place.toString();
    }

    /** Checks a string that is not marked as the name of a file, since a plugin may still take it for one. */
    private JsonValue value(JsonValue value, boolean strict) {
        if (anywhere || !strict) {
            return value;
        }
        if (value.content() instanceof String text && (text.contains("/") || text.contains("\\") || text.startsWith("."))) {
            throw refused(value, "this looks like a path, but the plugin doesn't declare this option as a file: put the job "
                    + "as a file into the folder jobs/ of --data");
        }
        Stream.of(value.elements(), value.members() == null ? null : List.copyOf(value.members().values()))
                .filter(inner -> inner != null).flatMap(List::stream).forEach(inner -> value(inner, true));
        return value;
    }

    private static IllegalArgumentException refused(JsonValue value, String why) {
        return new IllegalArgumentException(value.place().describe(why));
    }
}
