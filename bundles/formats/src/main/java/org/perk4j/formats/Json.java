package org.perk4j.formats;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.perk4j.plugin.Plugin;

/**
 * JSON (RFC 8259), read strictly and written plainly.
 *
 * <p>Writes maps with string keys, iterables, arrays, records (as objects, which {@link Options} can read), strings, enum
 * constants (by name), numbers, booleans and nulls; anything else by its {@code toString()}. Whole numbers are written
 * without a fraction, whatever their type; NaN and infinities are written as null.
 */
public final class Json {

    /**
     * Only used on trees: Gson keeps an adapter for each class that it has seen, and so the class loader of a bundle that
     * may be gone.
     */
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private static final Gson INDENTING = GSON.newBuilder().setPrettyPrinting().create();

    private static final double LARGEST_EXACT = 1L << 53;

    private Json() {
    }

    /**
     * Reads a file that holds one JSON object: UTF-8, no comments, no duplicate keys, nothing after the object.
     *
     * @return its keys in order; numbers as {@link Double}
     * @throws IOException naming file, line and column, and the remedy
     */
    public static Map<String, Object> readObject(Path file) throws IOException {
        return plainObject(JsonText.read(file));
    }

    /** @return the object in {@code line}, as {@link #readObject} returns it */
    public static Map<String, Object> parseObject(String line) throws IOException {
        return plainObject(JsonText.parse(null, line));
    }

    /**
     * @return what {@code text} holds, where each value stands and its numbers as they are written, for {@link Options}
     * @throws IOException naming line and column, and the remedy
     */
    public static JsonValue parse(String text) throws IOException {
        return JsonText.parse(null, text);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> plainObject(JsonValue value) throws IOException {
        if (value.members() == null) {
            throw new FileFormatException(value.place().describe("expected a JSON object, {…}"));
        }
        return (Map<String, Object>) value.plain();
    }

    /** @return {@code value} as indented JSON, with a line break at its end */
    public static String write(Object value) {
        return INDENTING.toJson(tree(value)) + "\n";
    }

    /** @return the JSON object that {@link #write} writes for a record, as {@link #readObject} returns it */
    public static Map<String, Object> plain(Record record) {
        try {
            return parseObject(writeLine(record));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // can't happen: no file is read
        }
    }

    /** @return {@code value} as JSON in one line, without a line break */
    public static String writeLine(Object value) {
        return GSON.toJson(tree(value));
    }

    private static JsonElement tree(Object value) {
        if (value == null) {
            return JsonNull.INSTANCE;
        }
        if (value instanceof JsonValue placed) {
            return tree(placed.content());
        }
        if (value instanceof Map<?, ?> map) {
            JsonObject object = new JsonObject();
            map.forEach((key, member) -> object.add((String) key, tree(member)));
            return object;
        }
        if (value instanceof PluginChoice choice) { // as in a job file
            JsonObject object = new JsonObject();
            object.addProperty(Plugin.TYPE, choice.type());
            choice.options().members().forEach((key, option) -> object.add(key, tree(option)));
            return object;
        }
        if (value instanceof Record record) {
            return object(record);
        }
        if (value instanceof Path) { // which would be an iterable of its names
            return new JsonPrimitive(value.toString());
        }
        if (value instanceof Iterable<?> elements) {
            JsonArray array = new JsonArray();
            elements.forEach(element -> array.add(tree(element)));
            return array;
        }
        if (value.getClass().isArray()) {
            JsonArray array = new JsonArray();
            IntStream.range(0, Array.getLength(value)).forEach(i -> array.add(tree(Array.get(value, i))));
            return array;
        }
        if (value instanceof Boolean truth) {
            return new JsonPrimitive(truth);
        }
        return value instanceof Number number ? number(number) : new JsonPrimitive(value.toString());
    }

    private static JsonElement object(Record record) {
        JsonObject object = new JsonObject();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            object.add(component.getName(), tree(Records.get(record, component)));
        }
        return object;
    }

    private static JsonElement number(Number number) {
        if (number instanceof Double || number instanceof Float) {
            double value = number.doubleValue();
            if (!Double.isFinite(value)) {
                return JsonNull.INSTANCE;
            }
            if (value == Math.rint(value) && Math.abs(value) <= LARGEST_EXACT) {
                return new JsonPrimitive((long) value);
            }
        }
        return new JsonPrimitive(number);
    }
}
