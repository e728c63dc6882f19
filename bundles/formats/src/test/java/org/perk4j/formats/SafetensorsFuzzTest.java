package org.perk4j.formats;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs on its recorded inputs; on new ones with {@code JAZZER_FUZZ=1}. */
class SafetensorsFuzzTest {

    @FuzzTest(maxDuration = "2m")
    void anyBytes(FuzzedDataProvider data) throws IOException {
        inFile(data.consumeRemainingAsBytes());
    }

    /** With a header length that fits, so that the fuzzer gets past it. */
    @FuzzTest(maxDuration = "2m")
    void anyHeader(FuzzedDataProvider data) throws IOException {
        byte[] content = new byte[data.consumeInt(0, 256)];
        byte[] header = data.consumeRemainingAsString().getBytes(StandardCharsets.UTF_8);
        inFile(ByteBuffer.allocate(8 + header.length + content.length).order(TensorFiles.ORDER)
                .putLong(header.length).put(header).put(content).array());
    }

    private static void inFile(byte[] bytes) throws IOException {
        Path file = Files.createTempFile("fuzz", ".safetensors");
        try {
            Files.write(file, bytes);
            refusedOrSound(file);
        } finally {
            Files.delete(file);
        }
    }

    /** Whatever is accepted must be readable to its last element. */
    static void refusedOrSound(Path file) throws IOException {
        try (Safetensors tensors = Safetensors.open(file)) {
            for (String name : tensors.names()) {
                if (tensors.dtype(name).matches("B?F(16|32|64)")) {
                    tensors.read(name);
                }
            }
        } catch (FileFormatException e) {
            if (e.getMessage().contains("\n")) {
                throw new AssertionError("more than one line", e);
            }
        }
    }
}
