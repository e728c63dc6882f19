package org.perk4j.formats;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a GGUF file of version 2 or 3: its metadata, and which tensors it holds and where. Parsing validates it:
 * each tensor lies within the file and overlaps no other.
 *
 * @param metadata  by key: numbers as {@link Long} or {@link Double}, arrays of numbers as {@code double[]}, others as
 *                  {@link List}
 * @param tensors   by name, in the order of the file
 * @param dataStart where the data part begins
 */
record GgufHeader(Map<String, Object> metadata, Map<String, Tensor> tensors, long dataStart) {

    /** Bounds the memory for a malicious file; a vocabulary of a quarter of a million tokens takes some 10 MB. */
    static final int LARGEST = 1 << 26;

    private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    private static final String ALIGNMENT = "general.alignment";
    private static final int MOST_DIMENSIONS = 4;
    /** More elements than any array in a real header has. */
    private static final int MOST_ELEMENTS = 1 << 22;
    private static final int MOST_NESTED = 4;

    /** The types of values, by their numbers. */
    private static final List<String> TYPES = List.of("U8", "I8", "U16", "I16", "U32", "I32", "F32", "BOOL", "STRING",
            "ARRAY", "U64", "I64", "F64");

    /**
     * A tensor in the file.
     *
     * @param type       the type of its elements
     * @param dimensions its dimensions, outermost first
     * @param start      the offset of its first byte in the data part
     * @param bytes      the number of its bytes
     */
    record Tensor(GgufType type, int[] dimensions, long start, long bytes) {

        long elements() {
            return bytes / type.bytes() * type.elements();
        }
    }

    /**
     * @param start    the first {@link #LARGEST} bytes of the file, or all if there are fewer
     * @param fileSize the number of bytes of the file
     * @throws FileFormatException naming what is wrong with the header
     */
    static GgufHeader parse(Path file, ByteBuffer start, long fileSize) throws FileFormatException {
        return new Parser(file, start).parse(fileSize);
    }

    static FileFormatException damaged(Path file, String problem) {
        return new FileFormatException(file, problem + ": the file is damaged or not in the GGUF format, download it again");
    }

    private static final class Parser {

        private final Path file;
        private final ByteBuffer bytes;

        Parser(Path file, ByteBuffer bytes) {
            this.file = file;
            this.bytes = bytes;
        }

        GgufHeader parse(long fileSize) throws FileFormatException {
            if (int32("the format's mark") != MAGIC) {
                throw damaged(file, "doesn't begin with GGUF");
            }
            int version = int32("the version");
            if (version != 2 && version != 3) {
                boolean isBigEndian = version != 0 && (version & 0xffff) == 0;
                throw new FileFormatException(file, isBigEndian
                        ? "is big-endian, and only little-endian files are supported: convert the model again"
                        : "version " + Integer.toUnsignedString(version) + " of GGUF is not supported, only 2 and 3:"
                                + " convert the model again");
            }
            long tensorCount = count("the number of tensors", 24); // with a name and a dimension
            long valueCount = count("the number of values", 13); // a key's length, its type, and a byte
            Map<String, Object> metadata = new LinkedHashMap<>();
            for (long i = 0; i < valueCount; i++) {
                String key = text("the key of value " + i);
                if (metadata.put(key, value(key, int32(key), 0)) != null) {
                    throw damaged(file, "there are two values \"" + key + "\"");
                }
            }
            long alignment = alignment(metadata);
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (long i = 0; i < tensorCount; i++) {
                String name = text("the name of tensor " + i);
                if (tensors.put(name, tensor(name, alignment)) != null) {
                    throw damaged(file, "there are two tensors \"" + name + "\"");
                }
            }
            long dataStart = (bytes.position() + alignment - 1) / alignment * alignment;
            requireWithinFile(tensors, fileSize - dataStart);
            return new GgufHeader(metadata, tensors, dataStart);
        }

        private long alignment(Map<String, Object> metadata) throws FileFormatException {
            Object alignment = metadata.getOrDefault(ALIGNMENT, 32L);
            if (alignment instanceof Long value && value >= 8 && value <= 1 << 20 && Long.bitCount(value) == 1) {
                return value;
            }
            throw damaged(file, ALIGNMENT + ": " + alignment + " is not a power of two from 8 to a million");
        }

        private Object value(String key, int type, int depth) throws FileFormatException {
            require(key, type == 9 ? 12 : 1);
            return switch (type(key, type)) {
                case "BOOL" -> bytes.get() != 0;
                case "F32" -> decimal(bytes(key, 4).getFloat());
                case "F64" -> bytes(key, 8).getDouble();
                case "STRING" -> text(key);
                case "ARRAY" -> array(key, depth);
                default -> integer(key, type);
            };
        }

        /** @return the shortest decimal number for a float: 1e-5, not 9.99999975e-6 */
        private static double decimal(float value) {
            return Double.parseDouble(Float.toString(value));
        }

        private long integer(String key, int type) throws FileFormatException {
            return switch (TYPES.get(type)) {
                case "U8" -> bytes(key, 1).get() & 0xffL;
                case "I8" -> bytes(key, 1).get();
                case "U16" -> bytes(key, 2).getShort() & 0xffffL;
                case "I16" -> bytes(key, 2).getShort();
                case "U32" -> bytes(key, 4).getInt() & 0xffffffffL;
                case "I32" -> bytes(key, 4).getInt();
                default -> bytes(key, 8).getLong();
            };
        }

        private Object array(String key, int depth) throws FileFormatException {
            int type = int32(key);
            String name = type(key, type);
            long count = count(key, name.equals("STRING") ? 8 : name.equals("ARRAY") ? 12 : 1);
            if (count > MOST_ELEMENTS || depth == MOST_NESTED) {
                throw damaged(file, "value \"" + key + "\": " + (depth == MOST_NESTED ? "arrays are nested deeper than "
                        + MOST_NESTED : count + " elements are more than the " + MOST_ELEMENTS + " that are supported"));
            }
            if (!name.equals("STRING") && !name.equals("ARRAY")) {
                double[] numbers = new double[(int) count];
                for (int i = 0; i < numbers.length; i++) {
                    Object number = value(key, type, depth);
                    numbers[i] = number instanceof Boolean flag ? flag ? 1 : 0 : ((Number) number).doubleValue();
                }
                return numbers;
            }
            List<Object> elements = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                elements.add(value(key, type, depth + 1));
            }
            return elements;
        }

        private String type(String key, int type) throws FileFormatException {
            if (type < 0 || type >= TYPES.size()) {
                throw damaged(file, "value \"" + key + "\": there is no type " + Integer.toUnsignedString(type));
            }
            return TYPES.get(type);
        }

        private Tensor tensor(String name, long alignment) throws FileFormatException {
            String place = "tensor \"" + name + "\"";
            int rank = int32(place);
            if (rank < 1 || rank > MOST_DIMENSIONS) {
                throw damaged(file, place + ": has " + Integer.toUnsignedString(rank) + " dimensions");
            }
            int[] dimensions = new int[rank];
            long elements = 1;
            for (int i = rank - 1; i >= 0; i--) { // innermost first
                long dimension = bytes(place, 8).getLong();
                if (dimension < 1 || dimension > Integer.MAX_VALUE || elements > Long.MAX_VALUE / 8 / dimension) {
                    throw damaged(file, place + ": a dimension is " + Long.toUnsignedString(dimension));
                }
                dimensions[i] = (int) dimension;
                elements *= dimension;
            }
            long number = int32(place) & 0xffffffffL;
            GgufType type = GgufType.of(number).orElseThrow(() -> new FileFormatException(file, place
                    + ": elements of type " + GgufType.name(number) + " are not supported, only "
                    + List.of(GgufType.values()) + ": use a file of the model with one of these"));
            if (dimensions[rank - 1] % type.elements() != 0) {
                throw damaged(file, place + ": rows of " + dimensions[rank - 1] + " elements are not whole blocks of "
                        + type.elements());
            }
            long start = bytes(place, 8).getLong();
            if (start < 0 || start % alignment != 0) {
                throw damaged(file, place + ": begins at " + Long.toUnsignedString(start) + ", not a multiple of "
                        + alignment);
            }
            return new Tensor(type, dimensions, start, elements / type.elements() * type.bytes());
        }

        private void requireWithinFile(Map<String, Tensor> tensors, long dataBytes) throws FileFormatException {
            List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(tensors.entrySet());
            ordered.sort(Comparator.comparingLong(entry -> entry.getValue().start()));
            long end = 0;
            for (Map.Entry<String, Tensor> entry : ordered) {
                Tensor tensor = entry.getValue();
                if (tensor.start() < end) {
                    throw damaged(file, "tensor \"" + entry.getKey() + "\": overlaps another tensor");
                }
                if (tensor.bytes() > dataBytes - tensor.start()) {
                    throw damaged(file, "tensor \"" + entry.getKey() + "\": has " + tensor.bytes()
                            + " bytes, the file ends after " + Math.max(0, dataBytes - tensor.start()) + " of them");
                }
                end = tensor.start() + tensor.bytes();
            }
        }

        private String text(String place) throws FileFormatException {
            int length = (int) count(place, 1);
            ByteBuffer text = bytes.slice(bytes.position(), length);
            bytes.position(bytes.position() + length);
            try {
                return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
            } catch (CharacterCodingException e) {
                throw damaged(file, place + ": a string in it is not valid UTF-8");
            }
        }

        /** @param least the least bytes of each counted item, which bounds how many there can be */
        private long count(String place, int least) throws FileFormatException {
            long count = bytes(place, 8).getLong();
            if (count < 0 || count > bytes.remaining() / least) {
                throw damaged(file, place + ": " + Long.toUnsignedString(count) + " is more than the file has room for");
            }
            return count;
        }

        private int int32(String place) throws FileFormatException {
            return bytes(place, 4).getInt();
        }

        private ByteBuffer bytes(String place, int needed) throws FileFormatException {
            require(place, needed);
            return bytes;
        }

        private void require(String place, int needed) throws FileFormatException {
            if (bytes.remaining() < needed) {
                throw damaged(file, bytes.limit() == LARGEST ? "its header has more than " + LARGEST + " bytes"
                        : "ends in the middle of its header, at " + place);
            }
        }
    }
}
