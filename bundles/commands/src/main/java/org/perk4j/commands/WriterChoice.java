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
            description = "A trained adapter: the output of 'perk train'. Default: the one that is shipped or installed for"
                    + " the base, if there is one.")
    private Path adapter;

    @Option(names = "--base", paramLabel = "BASE",
            description = "The base model that the adapter was trained with: a folder, a GGUF file, or a name that 'perk"
                    + " model list' tells. Default: the quickstart's.")
    private Path base;

    /** @throws IOException if no adapter was named, and none is known for the base */
    TrainedAdapter adapter() throws IOException {
        if (adapter != null) {
            return TrainedAdapter.open(adapter);
        }
        return base == null ? TrainedAdapter.open(Installed.quickstart("adapter")) : Installed.adapter(base);
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
