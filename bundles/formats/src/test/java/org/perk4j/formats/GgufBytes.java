package org.perk4j.formats;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes a GGUF file field by field, sound or not. */
final class GgufBytes {

    static final int U8 = 0;
    static final int U32 = 4;
    static final int BOOL = 7;
    static final int STRING = 8;
    static final int ARRAY = 9;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** @return a file with its mark, version and counts */
    static GgufBytes of(long tensors, long values) {
        return new GgufBytes().text4("GGUF").int32(3).int64(tensors).int64(values);
    }

    GgufBytes text4(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    GgufBytes int32(int value) {
        bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        return this;
    }

    GgufBytes int64(long value) {
        bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        return this;
    }

    GgufBytes text(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        int64(encoded.length).bytes.writeBytes(encoded);
        return this;
    }

    GgufBytes value(String key, String text) {
        return text(key).int32(STRING).text(text);
    }

    GgufBytes value(String key, int number) {
        return text(key).int32(U32).int32(number);
    }

    GgufBytes tensor(String name, int type, long start, long... innermostFirst) {
        text(name).int32(innermostFirst.length);
        for (long dimension : innermostFirst) {
            int64(dimension);
        }
        return int32(type).int64(start);
    }

    /** Up to the next multiple of 32, then so many bytes. */
    GgufBytes data(int count) {
        bytes.writeBytes(new byte[(32 - bytes.size() % 32) % 32 + count]);
        return this;
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }
}
