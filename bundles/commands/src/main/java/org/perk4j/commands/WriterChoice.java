package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Path;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Memories;
import org.perk4j.inference.TrainedAdapter;
import picocli.CommandLine.Option;

/** What a command encodes texts with: a trained adapter and its base. Mixed into such commands. */
final class WriterChoice {

    @Option(names = "--adapter", paramLabel = "FOLDER",
            description = "A trained adapter: the output of 'perk train'. Default: the quickstart's.")
    private Path adapter;

    @Option(names = "--base", paramLabel = "BASE",
            description = "The base model that the adapter was trained with: a folder, a GGUF file, or a name that 'perk"
                    + " model list' tells. Default: the quickstart's.")
    private Path base;

    TrainedAdapter adapter() throws IOException {
        return TrainedAdapter.open(adapter == null ? Installed.quickstart("adapter") : adapter);
    }

    /**
     * @return the base, to be closed
     * @throws IOException if the adapter was trained with another one
     */
    BaseModel base(Memories memories, TrainedAdapter trained) throws IOException {
        BaseModel model = memories.base(base == null ? Installed.quickstart("base") : base);
        try {
            trained.requireBase(model);
            return model;
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }
}
