package org.perk4j.tck;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.perk4j.data.Tokenizer;

/** A tokenizer that needs no files: each byte of UTF-8 is a token. */
public final class ByteTokenizer implements Tokenizer {

    /** The token that ends a text. */
    public static final int END = 256;

    @Override
    public int[] encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] tokens = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            tokens[i] = bytes[i] & 0xFF;
        }
        return tokens;
    }

    @Override
    public String decode(int... tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int token : tokens) {
            if (token >= 0 && token < END) {
                bytes.write(token);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public int vocabulary() {
        return END + 1;
    }

    @Override
    public int endOfText() {
        return END;
    }
}
