package org.perk4j.tck;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.perk4j.formats.Json;
import org.perk4j.formats.TextFile;

/** Hugging Face PEFT, which computes in a process of Python's. For one thread. */
final class PeftProcess implements AutoCloseable {

    /** The environment variable that names a Python which has torch, transformers and peft. */
    static final String PYTHON = "PERK_PEFT_PYTHON";

    private final Path messages;
    private final Process process;
    private final Writer requests;
    private final BufferedReader answers;

    private PeftProcess(String python) throws IOException {
        messages = Files.createTempFile("peft", ".log");
        process = new ProcessBuilder(python, "-c", program()).redirectError(messages.toFile()).start();
        requests = process.outputWriter(StandardCharsets.UTF_8);
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** @return whether there is one */
    static boolean isNamed() {
        return System.getenv(PYTHON) != null;
    }

    /** Only if one {@link #isNamed}. */
    static PeftProcess start() throws IOException {
        return new PeftProcess(Objects.requireNonNull(System.getenv(PYTHON), PYTHON));
    }

    private static String program() throws IOException {
        try (InputStream program = PeftProcess.class.getResourceAsStream("peft_logits.py")) {
            return new String(program.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /**
     * @param base    the folder of a model
     * @param adapter that of an adapter for it
     * @return the logits of each token, one row after another, computed in float64
     * @throws AssertionError if PEFT doesn't read the adapter
     */
    double[] logits(Path base, Path adapter, int... tokens) throws IOException {
        requests.write(Json.writeLine(Map.of("base", base.toAbsolutePath().toString(), "adapter",
                adapter.toAbsolutePath().toString(), "tokens", Arrays.stream(tokens).boxed().toList())) + "\n");
        requests.flush();
        String answer = answers.readLine();
        if (answer == null) {
            return fail("Python has ended: " + TextFile.read(messages));
        }
        Map<String, Object> content = Json.parseObject(answer);
        if (content.containsKey("error")) {
            return fail("PEFT: " + content.get("error"));
        }
        return ((List<?>) content.get("logits")).stream().mapToDouble(logit -> (double) logit).toArray();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            Files.delete(messages);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
