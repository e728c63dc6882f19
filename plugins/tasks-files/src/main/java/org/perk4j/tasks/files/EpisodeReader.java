package org.perk4j.tasks.files;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.perk4j.data.Episode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads instances of any known format from JSON files. */
final class EpisodeReader {

    private static final Logger LOG = LoggerFactory.getLogger(EpisodeReader.class);

    private final int recordsPerSegment;

    EpisodeReader(int recordsPerSegment) {
        this.recordsPerSegment = recordsPerSegment;
    }

    /** @throws IllegalArgumentException naming file, place and remedy, if a file doesn't hold what it should */
    List<Episode> read(List<Path> files) {
        return files.stream().flatMap(file -> read(file).stream()).toList();
    }

    private List<Episode> read(Path file) {
        List<Episode> episodes = new ArrayList<>();
        Entries instances = new Entries(file);
        for (Document document : documents(file)) {
            String place = document.place();
            if (document.value().isJsonArray()) {
                List<JsonElement> elements = instances.of(document.value().getAsJsonArray());
                for (int i = 0; i < elements.size(); i++) {
                    episodes.add(episode(elements.get(i), place + "[" + i + "]", instances));
                }
            } else {
                episodes.add(episode(document.value(), place, instances));
            }
        }
        if (instances.skipped() > 0) {
            LOG.warn("{}: skipped {} placeholder entries \"...\"", file, instances.skipped());
        }
        return episodes;
    }

    private Episode episode(JsonElement value, String place, Entries entries) {
        if (!value.isJsonObject()) {
            throw entries.problem(place, "expected an instance, {…}");
        }
        Fields fields = new Fields(value.getAsJsonObject(), place, entries);
        JsonObject object = value.getAsJsonObject();
        if (object.has("database")) {
            return new StudentRecordsFormat(recordsPerSegment).episode(fields);
        }
        if (object.has("context")) {
            return object.has("location") ? LongGorillaFormat.episode(fields) : BabiLongFormat.episode(fields);
        }
        throw entries.problem(place, "an instance of no known format: it needs the keys database and questions (Student "
                + "Records), context, question, answer, support (BabiLong), or context, location, question, answer "
                + "(LongGorilla)");
    }

    /** JSON lines are told from one JSON text over many lines by the first line, which is a whole value. */
    private static List<Document> documents(Path file) {
        String text = text(file);
        List<String> lines = text.lines().toList();
        int first = 0;
        while (first < lines.size() && lines.get(first).isBlank()) {
            first++;
        }
        if (first == lines.size()) {
            throw new IllegalArgumentException(file + ": empty: name a file with instances");
        }
        if (!isWhole(lines.get(first))) {
            return List.of(new Document("", parse(file, "", text)));
        }
        List<Document> documents = new ArrayList<>();
        for (int i = first; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                String place = "line " + (i + 1);
                documents.add(new Document(place, parse(file, place + ": ", lines.get(i))));
            }
        }
        return documents;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + ": not valid UTF-8: save the file as UTF-8", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": can't be read: name a file that is there and may be read", e);
        }
    }

    private static boolean isWhole(String json) {
        try {
            parse(json);
            return true;
        } catch (IOException | JsonParseException e) {
            return false;
        }
    }

    private static JsonElement parse(Path file, String place, String json) {
        try {
            return parse(json);
        } catch (IOException | JsonParseException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalArgumentException(file + ": " + place + "not valid JSON: " + firstLine(cause.getMessage())
                    + ": correct it there, or name another file", e);
        }
    }

    private static JsonElement parse(String json) throws IOException {
        JsonReader reader = new JsonReader(new StringReader(json));
        reader.setStrictness(Strictness.STRICT);
        JsonElement value = JsonParser.parseReader(reader);
        if (reader.peek() != JsonToken.END_DOCUMENT) {
            throw new MalformedJsonException("text behind the end of the value");
        }
        return value;
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }

    /** A JSON value that a file holds, and where. */
    private record Document(String place, JsonElement value) {
    }
}
