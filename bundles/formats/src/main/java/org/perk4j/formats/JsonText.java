package org.perk4j.formats;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
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
import org.perk4j.formats.JsonValue.Place;

/** Parses a JSON text strictly and notes where each value stands. */
final class JsonText {

    private static final long LARGEST_FILE = 256L << 20;
    private static final int DEEPEST = 100;
    private static final int LONGEST_NUMBER = 100;

    private final Path file;
    private final PlaceKeeper source;
    private final JsonReader reader;
    private int depth;

    private JsonText(Path file, String text) {
        this.file = file;
        this.source = new PlaceKeeper(new StringReader(text));
        this.reader = new JsonReader(source);
        reader.setStrictness(Strictness.STRICT);
    }

    /** @throws IOException if the file can't be read, or isn't one JSON value in UTF-8 and nothing else */
    static JsonValue read(Path file) throws IOException {
        InputFiles.require(file);
        if (Files.size(file) > LARGEST_FILE) {
            throw new FileFormatException(file, "larger than " + (LARGEST_FILE >> 20)
                    + " MiB: is this the right file?");
        }
        return parse(file, TextFile.decode(file, Files.readAllBytes(file)));
    }

    /** @param file what messages name; null for a text that comes from no file */
    static JsonValue parse(Path file, String text) throws IOException {
        JsonText json = new JsonText(file, text);
        try {
            return json.whole();
        } catch (EOFException e) {
            throw json.endsTooEarly();
        } catch (MalformedJsonException e) {
            throw json.source.exhausted ? json.endsTooEarly() : json.problem("not valid JSON: names and strings need double "
                    + "quotes; no comments, no trailing commas, nothing behind the end");
        }
    }

    private JsonValue whole() throws IOException {
        reader.peek();
        JsonValue value = value(new Place(file, "", source.tokenLine, source.tokenColumn));
        reader.peek(); // refuses anything but the end
        return value;
    }

    private JsonValue value(Place place) throws IOException {
        switch (reader.peek()) {
            case BEGIN_OBJECT:
                return new JsonValue(members(place), place);
            case BEGIN_ARRAY:
                return new JsonValue(elements(place), place);
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

    private Map<String, JsonValue> members(Place place) throws IOException {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        reader.beginObject();
        descend();
        while (reader.hasNext()) {
            int line = source.tokenLine;
            int column = source.tokenColumn;
            String key = reader.nextName();
            Place here = place.key(key, line, column);
            if (members.containsKey(key)) {
                throw new FileFormatException(here.describe("this key occurs twice: remove one"));
            }
            members.put(key, value(here));
        }
        reader.endObject();
        depth--;
        return members;
    }

    private List<JsonValue> elements(Place place) throws IOException {
        List<JsonValue> elements = new ArrayList<>();
        reader.beginArray();
        descend();
        while (reader.hasNext()) {
            elements.add(value(place.index(elements.size(), source.tokenLine, source.tokenColumn)));
        }
        reader.endArray();
        depth--;
        return elements;
    }

    private void descend() throws IOException {
        if (++depth > DEEPEST) {
            throw problem("objects and lists more than " + DEEPEST + " deep: is this the right file?");
        }
    }

    private BigDecimal number(Place place) throws IOException {
        String digits = reader.nextString();
        try {
            if (digits.length() <= LONGEST_NUMBER && Double.isFinite(Double.parseDouble(digits))) {
                return new BigDecimal(digits);
            }
        } catch (NumberFormatException e) {
            // the exponent is beyond what any number type holds: refused below
        }
        throw new FileFormatException(place.describe("this number is out of range"));
    }

    private FileFormatException endsTooEarly() {
        return problem("the JSON text ends too early: is the file complete?");
    }

    private FileFormatException problem(String problem) {
        return new FileFormatException(new Place(file, "", source.line, source.column).describe(problem));
    }

    /**
     * Knows where the parser is. Gson's reader keeps its position to itself, but asks for characters only when it needs
     * them; given one at a time, it is where the last one came from.
     */
    private static final class PlaceKeeper extends Reader {

        private final Reader text;
        private int line = 1;
        private int column;
        private int tokenLine = 1;
        private int tokenColumn = 1;
        private boolean betweenTokens = true;
        private boolean lineEnded;
        private boolean exhausted;

        PlaceKeeper(Reader text) {
            this.text = text;
        }

        @Override
        public int read(char[] target, int offset, int length) throws IOException {
            int c = text.read();
            if (c < 0) {
                exhausted = true;
                return -1;
            }
            advance((char) c);
            target[offset] = (char) c;
            return 1;
        }

        private void advance(char c) {
            line += lineEnded ? 1 : 0;
            column = lineEnded ? 1 : column + 1;
            lineEnded = c == '\n';
            if (betweenTokens && !Character.isWhitespace(c)) {
                tokenLine = line;
                tokenColumn = column;
                betweenTokens = false;
            }
            // within a string these mean nothing, but the next token still comes behind one of them
            betweenTokens |= c == '{' || c == '[' || c == ',' || c == ':';
        }

        @Override
        public void close() {
            // nothing to close: the text is in memory
        }
    }
}
