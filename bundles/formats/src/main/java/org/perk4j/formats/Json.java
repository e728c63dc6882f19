package org.perk4j.formats;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Map;
import org.perk4j.plugin.Plugin;

/**
 * JSON (RFC 8259), read strictly and written plainly.
 *
 * <p>Writes maps with string keys, iterables, arrays, records (as objects, which {@link Options} can read), strings, enum
 * constants (by name), numbers, booleans and nulls; anything else by its {@code toString()}. Whole numbers are written
 * without a fraction, whatever their type; NaN and infinities are written as null.
 */
public final class Json {

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
        return write(value, "  ") + "\n";
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
        return write(value, "");
    }

    private static String write(Object value, String indent) {
        StringWriter text = new StringWriter();
        JsonWriter writer = new JsonWriter(text);
        writer.setIndent(indent);
        try {
            write(writer, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // can't happen: it is written to memory
        }
        return text.toString();
    }

    private static void write(JsonWriter writer, Object value) throws IOException {
        if (value == null) {
            writer.nullValue();
        } else if (value instanceof JsonValue placed) {
            write(writer, placed.content());
        } else if (value instanceof Map<?, ?> map) {
            writer.beginObject();
            members(writer, map);
            writer.endObject();
        } else if (value instanceof PluginChoice choice) { // as in a job file
            writer.beginObject().name(Plugin.TYPE).value(choice.type());
            members(writer, choice.options().members());
            writer.endObject();
        } else if (value instanceof Record record) {
            writer.beginObject();
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                writer.name(component.getName());
                write(writer, Records.get(record, component));
            }
            writer.endObject();
        } else if (value instanceof Path) { // which would be an iterable of its names
            writer.value(value.toString());
        } else if (value instanceof Iterable<?> elements) {
            writer.beginArray();
            for (Object element : elements) {
                write(writer, element);
            }
            writer.endArray();
        } else if (value.getClass().isArray()) {
            writer.beginArray();
            for (int i = 0; i < Array.getLength(value); i++) {
                write(writer, Array.get(value, i));
            }
            writer.endArray();
        } else if (value instanceof Boolean truth) {
            writer.value(truth);
        } else if (value instanceof Number number) {
            write(writer, number);
        } else {
            writer.value(value.toString());
        }
    }

    private static void members(JsonWriter writer, Map<?, ?> members) throws IOException {
        for (Map.Entry<?, ?> member : members.entrySet()) {
            writer.name((String) member.getKey());
            write(writer, member.getValue());
        }
    }

    private static void write(JsonWriter writer, Number number) throws IOException {
        if (number instanceof Double || number instanceof Float) {
            double value = number.doubleValue();
            if (!Double.isFinite(value)) {
                writer.nullValue();
                return;
            }
            if (value == Math.rint(value) && Math.abs(value) <= LARGEST_EXACT) {
                writer.value((long) value);
                return;
            }
        }
        writer.value(number);
    }
}
