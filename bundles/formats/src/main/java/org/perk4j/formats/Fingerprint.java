package org.perk4j.formats;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, in hex. */
public final class Fingerprint {

    private Fingerprint() {
    }

    /** @return the fingerprint of a file's bytes */
    public static String of(Path file) throws IOException {
        return of(digest -> InputFiles.copy(file, digest));
    }

    /** @return the fingerprint of the bytes that {@code bytes} writes */
    static String of(IOConsumer<OutputStream> bytes) throws IOException {
        MessageDigest digest = sha256();
        bytes.accept(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        return HexFormat.of().formatHex(digest.digest());
    }

    /** @return the fingerprint of some bytes */
    public static String of(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
