package org.perk4j.formats;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The header of a safetensors file: which tensors it holds and where. Parsing validates it: the tensors lie one after
 * another, without gap or overlap, and fill the data part exactly.
 *
 * @param tensors  by name, in the order of their data
 * @param metadata free text
 */
record SafetensorsHeader(Map<String, Tensor> tensors, Map<String, String> metadata) {

    /** The format's own limit. */
    static final int LARGEST = 100_000_000;

    static final String METADATA = "__metadata__";

    /** More than any library writes; bounds the memory that a malicious header can make us allocate. */
    private static final int MOST_DIMENSIONS = 32;

    /**
     * A tensor in the file.
     *
     * @param type       the type of its elements
     * @param dimensions its dimensions, outermost first
     * @param start      the offset of its first byte in the data part
     * @param end        the offset after its last byte
     */
    record Tensor(ElementType type, int[] dimensions, long start, long end) {

        long elements() {
            return (end - start) / type.bytes();
        }
    }

    /** The element types of the format. */
    enum ElementType {
        BOOL(1), U8(1), I8(1), F8_E5M2(1), F8_E4M3(1), F8_E8M0(1),
        U16(2), I16(2), F16(2), BF16(2), U32(4), I32(4), F32(4), U64(8), I64(8), F64(8), C64(8);

        private final int bytes;

        ElementType(int bytes) {
            this.bytes = bytes;
        }

        int bytes() {
            return bytes;
        }
    }

    /** Reads the header from its JSON text. */
    static SafetensorsHeader parse(Path file, byte[] json, long dataBytes) throws IOException {
        return new Parser(file, json).parse(dataBytes);
    }

    /** @return the file's first bytes, up to the data: the header's length and its text */
    byte[] toBytes() {
        Map<String, Object> json = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            json.put(METADATA, metadata);
        }
        tensors.forEach((name, tensor) -> {
            Map<String, Object> entry = new LinkedHashMap<>(); // in a fixed order: equal contents give equal files
            entry.put("dtype", tensor.type);
            entry.put("shape", tensor.dimensions);
            entry.put("data_offsets", List.of(tensor.start, tensor.end));
            json.put(name, entry);
        });
        byte[] text = Json.writeLine(json).getBytes(StandardCharsets.UTF_8);
        int padded = (text.length + 7) / 8 * 8; // aligns the data
        if (padded > LARGEST) {
            throw new IllegalArgumentException("too many tensors for one safetensors file: " + tensors.size());
        }
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + padded).order(TensorFiles.ORDER);
        bytes.putLong(padded).put(text);
        while (bytes.hasRemaining()) {
            bytes.put((byte) ' ');
        }
        return bytes.array();
    }

    /** Parses the header as a stream: its text may be 100 MB long, and a tree of it many times that size. */
    private static final class Parser {

        private final Path file;
        private final byte[] json;
        private final JsonReader reader;
        private final Map<String, Tensor> tensors = new LinkedHashMap<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();

        Parser(Path file, byte[] json) {
            this.file = file;
            this.json = json;
            this.reader = new JsonReader(
                    new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder()));
            reader.setStrictness(Strictness.STRICT);
        }

        SafetensorsHeader parse(long dataBytes) throws IOException {
            if (json.length == 0 || json[0] != '{') {
                throw damaged("the header does not start with {");
            }
            try {
                members();
            } catch (CharacterCodingException e) {
                throw damaged("the header is not valid UTF-8");
            } catch (MalformedJsonException | EOFException | IllegalStateException e) {
                // the last of these is Gson's for a value of an unexpected kind
                throw damaged("the header is not valid JSON, or of another structure");
            }
            return new SafetensorsHeader(inOrder(dataBytes), Collections.unmodifiableMap(metadata));
        }

        private void members() throws IOException {
            reader.beginObject();
            boolean hasMetadata = false;
            while (reader.hasNext()) {
                String name = reader.nextName();
                if (name.equals(METADATA)) {
                    if (hasMetadata) {
                        throw damaged(METADATA + " occurs twice");
                    }
                    hasMetadata = true;
                    metadata();
                } else if (tensors.put(name, tensor(name)) != null) {
                    throw damaged(name, "occurs twice");
                }
            }
            reader.endObject();
            reader.peek(); // fails unless at the end
        }

        private void metadata() throws IOException {
            reader.beginObject();
            while (reader.hasNext()) {
                String key = reader.nextName();
                if (reader.peek() != JsonToken.STRING) {
                    throw damaged(METADATA + ": " + Json.writeLine(key) + " is not a string");
                }
                if (metadata.put(key, reader.nextString()) != null) {
                    throw damaged(METADATA + ": " + Json.writeLine(key) + " occurs twice");
                }
            }
            reader.endObject();
        }

        private Tensor tensor(String name) throws IOException {
            ElementType type = null;
            int[] dimensions = null;
            long[] offsets = null;
            reader.beginObject();
            while (reader.hasNext()) {
                String key = reader.nextName();
                if (key.equals("dtype") && type == null) {
                    type = elementType(name);
                } else if (key.equals("shape") && dimensions == null) {
                    dimensions = dimensions(name);
                } else if (key.equals("data_offsets") && offsets == null) {
                    offsets = offsets(name);
                } else {
                    throw damaged(name, "the key " + Json.writeLine(key) + " is unknown or occurs twice");
                }
            }
            reader.endObject();
            if (type == null || dimensions == null || offsets == null) {
                throw damaged(name, "dtype, shape or data_offsets is missing");
            }
            requireFit(name, type, dimensions, offsets);
            return new Tensor(type, dimensions, offsets[0], offsets[1]);
        }

        private ElementType elementType(String name) throws IOException {
            String type = reader.nextString();
            try {
                return ElementType.valueOf(type);
            } catch (IllegalArgumentException e) {
                throw damaged(name, "the dtype " + Json.writeLine(type) + " is unknown");
            }
        }

        private int[] dimensions(String name) throws IOException {
            List<Integer> dimensions = new ArrayList<>();
            reader.beginArray();
            while (reader.hasNext()) {
                long dimension = count(name);
                if (dimension > Integer.MAX_VALUE || dimensions.size() == MOST_DIMENSIONS) {
                    throw damaged(name, "the dimensions are too large or too many");
                }
                dimensions.add((int) dimension);
            }
            reader.endArray();
            return dimensions.stream().mapToInt(Integer::intValue).toArray();
        }

        private long[] offsets(String name) throws IOException {
            reader.beginArray();
            long[] offsets = {count(name), count(name)};
            reader.endArray();
            return offsets;
        }

        private long count(String name) throws IOException {
            String digits = reader.peek() == JsonToken.NUMBER ? reader.nextString() : "";
            if (!digits.matches("[0-9]{1,18}")) {
                throw damaged(name, "a dimension or offset is not a whole number from 0 to 10^18");
            }
            return Long.parseLong(digits);
        }

        private void requireFit(String name, ElementType type, int[] dimensions, long[] offsets) throws IOException {
            long bytes = type.bytes();
            try {
                for (int dimension : dimensions) {
                    bytes = Math.multiplyExact(bytes, dimension);
                }
            } catch (ArithmeticException e) {
                throw damaged(name, "the dimensions overflow");
            }
            if (offsets[1] - offsets[0] != bytes) {
                throw damaged(name, "the dimensions need " + bytes + " bytes, but its offsets are " + offsets[0] + " to "
                        + offsets[1]);
            }
        }

        private Map<String, Tensor> inOrder(long dataBytes) throws IOException {
            Map<String, Tensor> ordered = tensors.entrySet().stream()
                    .sorted(Comparator.comparingLong((Map.Entry<String, Tensor> e) -> e.getValue().start())
                            .thenComparingLong(e -> e.getValue().end()))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
            long filled = 0;
            for (Map.Entry<String, Tensor> entry : ordered.entrySet()) {
                Tensor tensor = entry.getValue();
                if (tensor.end() > dataBytes) {
                    throw damaged(entry.getKey(), "its data ends at byte " + tensor.end() + " of " + dataBytes);
                }
                if (tensor.start() != filled) {
                    throw damaged(entry.getKey(), tensor.start() < filled
                            ? "its data overlaps that of another tensor" : "there is a gap before its data");
                }
                filled = tensor.end();
            }
            if (filled != dataBytes) {
                throw damaged((dataBytes - filled) + " bytes at the end belong to no tensor");
            }
            return Collections.unmodifiableMap(ordered);
        }

        private FileFormatException damaged(String tensor, String problem) {
            return damaged("tensor " + Json.writeLine(tensor) + ": " + problem);
        }

        private FileFormatException damaged(String problem) {
            return Safetensors.damaged(file, problem);
        }
    }
}
