package org.perk4j.service;

import com.google.crypto.tink.StreamingAead;
import com.google.crypto.tink.subtle.AesGcmHkdfStreaming;
import com.google.crypto.tink.subtle.AesGcmJce;
import com.google.crypto.tink.subtle.Hkdf;
import com.google.crypto.tink.subtle.Random;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.TextFile;

/**
 * The key that a service's data are encrypted with. It is drawn with the data's folder and stands in it, encrypted with the
 * operator's key: that is replaced without writing anything else anew.
 *
 * <p>From it come a key for the files, one for their names and the password of the embedded database. Files are encrypted by
 * Google's Tink in AES-GCM, segment by segment, so that they can be read from anywhere within, and what was changed, cut off
 * or put in another order is found.
 */
final class DataKey {

    /** In the data's folder. */
    private static final String FILE = "key";
    private static final byte[] WHAT = "perk4j data key 1".getBytes(StandardCharsets.US_ASCII);
    private static final int BYTES = 32;
    private static final int SEGMENT = 1 << 16;
    private static final String HASH = "HmacSha256";

    private final byte[] key;

    private DataKey(byte[] key) {
        this.key = key;
    }

    /**
     * @param folder   of the data
     * @param operator the file of the operator's key; empty if the data aren't to be encrypted
     * @param isNew    whether the folder holds no data yet
     * @return empty if they aren't encrypted
     * @throws IOException naming the remedy, if the key is missing or wrong, or the data were begun without one
     */
    static Optional<DataKey> open(Path folder, Optional<Path> operator, boolean isNew) throws IOException {
        Path file = folder.resolve(FILE);
        if (Files.exists(file)) {
            Path own = operator.orElseThrow(() -> new FileFormatException(folder,
                    "is encrypted: set PERK_KEY_FILE to the file of its key"));
            return Optional.of(new DataKey(decrypted(file, own)));
        }
        if (operator.isEmpty()) {
            return Optional.empty();
        }
        if (!isNew) {
            throw new FileFormatException(folder, "is not encrypted, but PERK_KEY_FILE names a key: unset it, or export the "
                    + "memories and import them into a new folder");
        }
        byte[] drawn = Random.randBytes(BYTES);
        write(file, drawn, operator.get());
        return Optional.of(new DataKey(drawn));
    }

    /**
     * Replaces the operator's key.
     *
     * @throws IOException if the folder isn't encrypted with {@code before}, or a file holds no key
     */
    static void replace(Path folder, Path before, Path after) throws IOException {
        Path file = folder.resolve(FILE);
        if (Files.notExists(file)) {
            throw new FileFormatException(folder, "holds no encrypted data: check the name");
        }
        write(file, decrypted(file, before), after);
    }

    private static byte[] decrypted(Path file, Path operator) throws IOException {
        byte[] read = bytes(file, "is damaged, and nothing in this folder can be read without it: restore it from a backup");
        try {
            return new AesGcmJce(bytesOfKey(operator)).decrypt(read, WHAT);
        } catch (GeneralSecurityException e) {
            throw new FileFormatException(operator, "is not the key that " + file.toAbsolutePath().getParent()
                    + " is encrypted with: set PERK_KEY_FILE to the file of that one");
        }
    }

    private static void write(Path file, byte[] key, Path operator) throws IOException {
        try {
            AtomicFiles.writeString(file,
                    Base64.getEncoder().encodeToString(new AesGcmJce(bytesOfKey(operator)).encrypt(key, WHAT)) + "\n");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES-GCM", e);
        }
    }

    private static byte[] bytesOfKey(Path operator) throws IOException {
        String remedy = "must hold " + BYTES + " random bytes in Base64, as head -c " + BYTES
                + " /dev/urandom | base64 gives them";
        byte[] bytes = bytes(operator, remedy);
        if (bytes.length != BYTES) {
            throw new FileFormatException(operator, remedy);
        }
        return bytes;
    }

    private static byte[] bytes(Path file, String problem) throws IOException {
        try {
            return Base64.getDecoder().decode(TextFile.read(file).strip());
        } catch (IllegalArgumentException e) {
            throw new FileFormatException(file, problem);
        }
    }

    /** @return what encrypts files */
    StreamingAead files() {
        try {
            return new AesGcmHkdfStreaming(derived("files"), HASH, BYTES, SEGMENT, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES-GCM", e);
        }
    }

    /** @return the name of the file for what has that fingerprint: of a text that can be guessed, it would tell */
    String name(String digest) {
        return HexFormat.of().formatHex(derived("name " + digest));
    }

    /** @return the password of the embedded database */
    String password() {
        return HexFormat.of().formatHex(derived("database"));
    }

    private byte[] derived(String use) {
        try {
            return Hkdf.computeHkdf(HASH, key, new byte[0], use.getBytes(StandardCharsets.US_ASCII), BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has HMAC", e);
        }
    }
}
