package org.perk4j.inference;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.perk4j.formats.FileFormatException;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Safetensors;
import org.perk4j.model.ParameterSpec;
import org.perk4j.plugin.Option;
import org.perk4j.tensor.Shape;

/**
 * The result of meta-training, a folder: {@value #MANIFEST} describes how contexts are encoded, and {@value #PARAMETERS}
 * holds all learned parameters. PEFT's two files beside them hold the adapter's initial values.
 *
 * @param path     the folder
 * @param manifest the content of {@value #MANIFEST}
 */
public record TrainedAdapter(Path path, Manifest manifest) {

    /** The file that describes the folder. */
    public static final String MANIFEST = "perk4j.json";
    /** The file with all learned parameters, under the names that the objective gives them. */
    public static final String PARAMETERS = "meta.safetensors";

    /**
     * The content of {@value TrainedAdapter#MANIFEST}.
     *
     * @param baseFingerprint SHA-256 of the base model's weights
     * @param adapter         as in {@link Recipe}
     * @param optimizer       as in {@link Recipe}
     * @param objective       as in {@link Recipe}
     * @param support         whether answers begin with the facts that they rest on
     * @param segments        how texts are cut into segments like those of the training
     * @param steps           the number of training steps
     * @param plugins         the plugins of the training; unknown in files that were written before 0.2
     */
    public record Manifest(
            @Option(help = "SHA-256 of the base model's weights") String baseFingerprint,
            @Option(help = "what contexts are written into") PluginChoice adapter,
            @Option(help = "the optimizer of the inner loop") PluginChoice optimizer,
            @Option(help = "how contexts are encoded") PluginChoice objective,
            @Option(help = "answers begin with the facts that they rest on") boolean support,
            @Option(help = "what texts are cut into: unit, typical, longest, most") Segmentation segments,
            @Option(help = "of training") long steps,
            @Option(help = "the bundles that these plugins are from", value = "{}") Recipe.Origins plugins) {

        /** @return how contexts are encoded */
        public Recipe recipe() {
            return new Recipe(adapter, optimizer, objective);
        }
    }

    /** @throws IOException naming file, place and remedy, if the folder doesn't hold a trained adapter */
    public static TrainedAdapter open(Path folder) throws IOException {
        Path manifest = folder.resolve(MANIFEST);
        if (!Files.exists(manifest)) {
            throw new NoSuchFileException(folder.toString(), null,
                    "holds no " + MANIFEST + ": name the output folder of a perk train job");
        }
        return new TrainedAdapter(folder, Options.read(manifest, Manifest.class));
    }

    /** @return SHA-256, in hex, of the learned parameters and the recipe: equal for adapters that encode alike */
    public String fingerprint() throws IOException {
        return Fingerprint.of((Fingerprint.of(path.resolve(MANIFEST)) + Fingerprint.of(path.resolve(PARAMETERS)))
                .getBytes(StandardCharsets.US_ASCII));
    }

    /** @throws IOException if the adapter was trained with another base than {@code base} */
    public void requireBase(BaseModel base) throws IOException {
        if (!manifest.baseFingerprint().equals(base.fingerprint())) {
            throw new FileFormatException(path.resolve(MANIFEST), "was trained with another base model than " + base.path()
                    + ": name the one that it was trained with");
        }
    }

    /** Warns if this is read by other plugins, or other releases of them, than those of the training. */
    void compare(Recipe.Origins reading) {
        Recipe.Origins wrote = manifest.plugins();
        String file = path.resolve(MANIFEST).toString();
        String remedy = "install that version, or train the adapter again";
        PluginVersion.compare(file, wrote.adapter(), reading.adapter(), remedy);
        PluginVersion.compare(file, wrote.optimizer(), reading.optimizer(), remedy);
        PluginVersion.compare(file, wrote.objective(), reading.objective(), remedy);
    }

    /** @return the learned parameters, one array for each of {@code specs}, row by row */
    public List<float[]> read(List<ParameterSpec> specs) throws IOException {
        Path file = path.resolve(PARAMETERS);
        List<float[]> values = new ArrayList<>();
        try (Safetensors tensors = Safetensors.open(file)) {
            for (ParameterSpec spec : specs) {
                if (!tensors.names().contains(spec.name())) {
                    throw new FileFormatException(file, spec.name() + ": is missing: take all files from one run");
                }
                int[] dimensions = tensors.dimensions(spec.name());
                if (dimensions.length != 2 || !new Shape(dimensions[0], dimensions[1]).equals(spec.shape())) {
                    throw new FileFormatException(file, spec.name() + ": doesn't have the shape " + spec.shape()
                            + ": take all files from one run");
                }
                values.add(tensors.read(spec.name()));
            }
        }
        return values;
    }
}
