package org.perk4j.memory.files;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.Json;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.memory.Memory;
import org.perk4j.memory.Memory.Matrix;
import org.perk4j.memory.Memory.Provenance;
import org.perk4j.plugin.Option;
import org.perk4j.tensor.Shape;

/**
 * The content of {@code perk4j.json}: what PEFT's own files don't say, and the fingerprints that they must have. In the
 * file, a {@value #SEAL} of all of it follows.
 *
 * @param format          the version of this file's format
 * @param version         the version of the memory, unique among all memories ever written
 * @param writtenBy       the program, with its version
 * @param adapter         type and options, as in {@link Memory}
 * @param baseFingerprint as in {@link Memory}
 * @param provenance      as in {@link Memory}
 * @param tensors         all tensors of {@code adapter_model.safetensors}
 * @param files           the memory's other files
 * @param sha256          the seal
 */
record Manifest(int format, String version, String writtenBy, PluginChoice adapter, String baseFingerprint,
                Origin provenance, List<Entry> tensors, List<Digest> files,
                @Option(help = "of all the rest", value = "") String sha256) {

    static final int FORMAT = 2;

    static final String SEAL = "sha256";

    Manifest {
        UUID.fromString(version);
        requireSha256("baseFingerprint", baseFingerprint);
        for (String name : MemoryFolder.COVERED) {
            if (files.stream().noneMatch(file -> file.name().equals(name))) {
                throw new IllegalArgumentException("files: " + name + " is missing");
            }
        }
    }

    /** @throws IOException naming the file, if it is not a valid manifest, or was changed since it was written */
    static Manifest read(Path file) throws IOException {
        Map<String, Object> content = Json.readObject(file);
        requireFormat(file, content);
        Manifest manifest = Options.read(file, Manifest.class);
        if (!manifest.sha256.equals(seal(content))) {
            throw changed(file);
        }
        return manifest;
    }

    private static void requireFormat(Path file, Map<String, Object> content) throws FileFormatException {
        Object format = content.get("format");
        if (format == null && content.containsKey("objective")) {
            throw new FileFormatException(file,
                    "of a trained adapter, not of a memory: encode a text with it, by "
                    + "perk encode TEXT --adapter");
        }
        if (!(format instanceof Double number) || number != FORMAT) {
            throw new FileFormatException(file, "format " + Json.writeLine(format) + " is unknown, only " + FORMAT
                    + " is known: use the version of Perk4J that wrote it (" + content.get("writtenBy")
                    + "), or encode the context again");
        }
    }

    static FileFormatException changed(Path file) {
        return new FileFormatException(file, "was changed since the memory was written" + PeftMemoryStore.REMEDY);
    }

    /** @return the content of the file, with its seal */
    String toJson() throws IOException {
        Map<String, Object> content = Json.parseObject(Json.writeLine(this));
        content.put(SEAL, seal(content));
        return Json.write(content);
    }

    /** @return the fingerprint of the rest of the manifest */
    static String seal(Map<String, Object> content) {
        Map<String, Object> unsealed = new LinkedHashMap<>(content);
        unsealed.remove(SEAL);
        return Fingerprint.of(Json.writeLine(unsealed).getBytes(StandardCharsets.UTF_8));
    }

    /** @return the fingerprint that a file must have */
    String fingerprint(String name) {
        return files.stream().filter(file -> file.name().equals(name)).findFirst().orElseThrow().sha256();
    }

    /** A file of the memory, and its fingerprint. */
    record Digest(String name, String sha256) {

        Digest {
            requireSha256("sha256", sha256);
        }
    }

    /** The origin of a memory, as in {@link Provenance}. */
    record Origin(
            @Option(help = "what was encoded") String source,
            @Option(help = "SHA-256 of its bytes") String sha256,
            @Option(help = "how many it has") long tokens,
            @Option(help = "where its segments begin, and the last ends") List<Integer> spans,
            @Option(help = "when") String encodedAt,
            @Option(help = "the context's loss before each step and after the last", value = "[]") List<Double> losses,
            @Option(help = "bundle and version of the adapter's plugin", value = "") String plugin) {

        Origin {
            requireSha256("sha256", sha256);
            if (tokens < 1) {
                throw new IllegalArgumentException("tokens must be at least 1: " + tokens);
            }
            for (int i = 0; i < spans.size(); i++) {
                if (spans.get(i) < (i == 0 ? 0 : spans.get(i - 1))) {
                    throw new IllegalArgumentException("spans must not decrease: " + spans.get(i) + " at " + i);
                }
            }
            try {
                Instant.parse(encodedAt);
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException("encodedAt must be a time such as 2026-01-31T12:00:00Z: " + encodedAt, e);
            }
        }

        static Origin of(Provenance provenance) {
            return new Origin(provenance.source(), provenance.sha256(), provenance.tokens(), provenance.spans(),
                    provenance.encodedAt().toString(), provenance.losses(), provenance.plugin());
        }

        Provenance toProvenance() {
            return new Provenance(source, sha256, tokens, spans, Instant.parse(encodedAt), losses, plugin);
        }
    }

    /** A tensor that must be there. */
    record Entry(String name, int rows, int columns,
                 @Option(help = "in the file; none for rows and columns", value = "[]") List<Integer> dimensions) {

        static List<Entry> of(Map<String, Matrix> tensors) {
            List<Entry> entries = new ArrayList<>();
            tensors.forEach((name, matrix) -> entries.add(new Entry(name, matrix.shape().rows(), matrix.shape().columns(),
                    matrix.dimensions())));
            return entries;
        }

        Matrix matrix(FloatBuffer elements) {
            return dimensions.isEmpty() ? new Matrix(new Shape(rows, columns), elements)
                    : new Matrix(new Shape(rows, columns), elements, dimensions);
        }

        int[] inFile() {
            return dimensions.isEmpty() ? new int[] {rows, columns} : dimensions.stream().mapToInt(d -> d).toArray();
        }
    }

    private static void requireSha256(String key, String value) {
        if (!value.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(key + " must be a SHA-256 in hex: " + value);
        }
    }
}
