package org.perk4j.formats;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perk4j.formats.JsonValue.Place;

/** Parses a JSON text strictly and records the place of each value. */
final class JsonText {

    /** The most bytes of a file that is read whole, or of one entry of a file that is read entry by entry. */
    static final long LARGEST = 256L << 20;
    private static final int DEEPEST = 100;
    private static final int LONGEST_NUMBER = 100;

    private final Path file;
    private final PlaceKeeper source;
    private JsonReader reader;
    private int depth;

    /** @param file named in messages; null for a text that comes from no file */
    JsonText(Path file, Reader text) {
        this.file = file;
        this.source = new PlaceKeeper(file, text);
    }

    /** @throws IOException if the file can't be read, or isn't one JSON value in UTF-8 and nothing else */
    static JsonValue read(Path file) throws IOException {
        InputFiles.require(file);
        if (Files.size(file) > LARGEST) {
            throw new FileFormatException(file, "larger than " + (LARGEST >> 20)
                    + " MiB: is this the right file?");
        }
        return parse(file, TextFile.decode(file, Files.readAllBytes(file)));
    }

    /** @param file named in messages; null for a text that comes from no file */
    static JsonValue parse(Path file, String text) throws IOException {
        JsonText json = new JsonText(file, new StringReader(text));
        JsonValue value = json.first();
        json.parsing(json.reader::peek); // fails unless at the end
        return value;
    }

    /** @return the first value of the text */
    JsonValue first() throws IOException {
        return parsing(() -> {
            Place place = begin();
            return value(place);
        });
    }

    /**
     * Passes the values of a text to an action, one by one: values in a row; for a list, its elements; for an object with
     * lists under some keys, the elements of these lists.
     *
     * @param lists the keys
     */
    void entries(Set<String> lists, IOConsumer<JsonEntries.Entry> action) throws IOException {
        while (parsing(source::another)) {
            parsing(() -> {
                Place place = begin();
                long offset = source.tokenOffset();
                if (reader.peek() == JsonToken.BEGIN_ARRAY) {
                    elements(place, action);
                } else if (reader.peek() == JsonToken.BEGIN_OBJECT) {
                    Map<String, JsonValue> members = members(place, lists, action);
                    if (lists.stream().map(members::get).noneMatch(list -> list != null && list.elements() != null)) {
                        action.accept(new JsonEntries.Entry(new JsonValue(members, place), offset));
                    }
                } else {
                    throw new FileFormatException(place.describe("expected an object, {…}, or a list of them, […]"));
                }
                return null;
            });
        }
    }

    /** Begins a value. Each value gets a new reader, which reads no character after the end of an object or list. */
    private Place begin() throws IOException {
        source.beginValue();
        source.bound(LARGEST);
        reader = new JsonReader(source);
        reader.setStrictness(Strictness.STRICT);
        depth = 0;
        reader.peek();
        return new Place(file, "", source.tokenLine(), source.tokenColumn());
    }

    private interface Parsing<T> {
        T run() throws IOException;
    }

    private <T> T parsing(Parsing<T> parsing) throws IOException {
        try {
            return parsing.run();
        } catch (EOFException e) {
            throw endsTooEarly();
        } catch (MalformedJsonException e) {
            throw source.exhausted() ? endsTooEarly() : problem("not valid JSON: names and strings need double "
                    + "quotes; no comments, no trailing commas, nothing after the end");
        }
    }

    private JsonValue value(Place place) throws IOException {
        switch (reader.peek()) {
            case BEGIN_OBJECT:
                return new JsonValue(members(place, Set.of(), null), place);
            case BEGIN_ARRAY:
                return new JsonValue(elements(place, null), place);
            case STRING:
                return new JsonValue(reader.nextString(), place);
            case NUMBER:
                return new JsonValue(number(place), place);
            case BOOLEAN:
                return new JsonValue(reader.nextBoolean(), place);
            default:
                reader.nextNull();
                return new JsonValue(null, place);
        }
    }

    /**
     * @param lists  keys of lists whose elements go to {@code action}; they are empty in the result
     * @param action called with these elements; null if there are no such keys
     */
    private Map<String, JsonValue> members(Place place, Set<String> lists, IOConsumer<JsonEntries.Entry> action)
            throws IOException {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        reader.beginObject();
        descend();
        while (reader.hasNext()) {
            int line = source.tokenLine();
            int column = source.tokenColumn();
            String key = reader.nextName();
            Place here = place.key(key, line, column);
            if (members.containsKey(key)) {
                throw new FileFormatException(here.describe("this key occurs twice: remove one"));
            }
            boolean handedOn = lists.contains(key) && reader.peek() == JsonToken.BEGIN_ARRAY;
            members.put(key, handedOn ? new JsonValue(elements(here, action), here) : value(here));
        }
        reader.endObject();
        depth--;
        return members;
    }

    /** @param action called with each element, which is not kept then; null to keep them */
    private List<JsonValue> elements(Place place, IOConsumer<JsonEntries.Entry> action) throws IOException {
        List<JsonValue> elements = new ArrayList<>();
        int count = 0;
        reader.beginArray();
        descend();
        while (reader.hasNext()) {
            Place here = place.index(count++, source.tokenLine(), source.tokenColumn());
            if (action == null) {
                elements.add(value(here));
            } else {
                long offset = source.tokenOffset();
                source.bound(LARGEST);
                action.accept(new JsonEntries.Entry(value(here), offset));
            }
        }
        reader.endArray();
        depth--;
        return elements;
    }

    private void descend() throws IOException {
        if (++depth > DEEPEST) {
            throw problem("objects and lists more than " + DEEPEST + " levels deep: is this the right file?");
        }
    }

    private BigDecimal number(Place place) throws IOException {
        String digits = reader.nextString();
        try {
            if (digits.length() <= LONGEST_NUMBER && Double.isFinite(Double.parseDouble(digits))) {
                return new BigDecimal(digits);
            }
        } catch (NumberFormatException e) {
            // the exponent is too large for any number type: refused below
        }
        throw new FileFormatException(place.describe("this number is out of range"));
    }

    private FileFormatException endsTooEarly() {
        return problem("the JSON text ends too early: is the file complete?");
    }

    private FileFormatException problem(String problem) {
        return new FileFormatException(new Place(file, "", source.line(), source.column()).describe(problem));
    }
}
