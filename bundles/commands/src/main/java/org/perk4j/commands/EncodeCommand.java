package org.perk4j.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.formats.Printable;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Memories;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Segmentation;
import org.perk4j.inference.Segmenter;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.training.ConsoleProgress;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a text into a memory. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE, property = Command.NAME + "=encode")
@CommandLine.Command(name = "encode", mixinStandardHelpOptions = true,
        description = "Writes a text into a memory, which 'perk ask' then answers from.")
public final class EncodeCommand implements Command {

    @Reference
    private Memories memories;

    @Reference
    private MemoryStore store;

    @Mixin
    private Output output;

    @CommandLine.Parameters(paramLabel = "FILE", description = "A text in UTF-8, of any length.")
    private Path file;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "MEMORY", description = "The memory's folder.")
    private Path memory;

    @Option(names = "--replace", description = "Replace an existing memory.")
    private boolean replace;

    @Option(names = "--force", description = "Write the memory even if the context's loss did not fall or is not finite.")
    private boolean force;

    @Mixin
    private WriterChoice choice;

    @Option(names = "--segment-tokens", paramLabel = "N", converter = OptionValues.SegmentTokens.class,
            description = "The most tokens in a segment. Default: as in the adapter's training.")
    private Integer segmentTokens;

    @Mixin
    private BackendOption backend;

    @Override
    public Integer call() throws IOException {
        try (MemoryStore.Place place = store.reserve(memory, replace)) {
            return encode(place);
        }
    }

    private int encode(MemoryStore.Place place) throws IOException {
        String text = Segmenter.read(file);
        TrainedAdapter trained = choice.adapter();
        try (BaseModel model = choice.base(memories, trained)) {
            return encode(place, text, trained, model);
        }
    }

    private int encode(MemoryStore.Place place, String text, TrainedAdapter trained, BaseModel model) throws IOException {
        try (OpenBase reader = memories.open(model, backend.choice()); OpenBase.Writer writer = reader.writer(trained)) {
            EpisodeEncoder encoder = writer.encoder(segmentation(trained.manifest().segments()));
            long begin = System.nanoTime();
            MemoryModel.Remembered remembered = remember(writer, text, file, encoder);
            if (!force) {
                requireTakenUp(remembered);
            }
            place.write(remembered.memory());
            double seconds = (System.nanoTime() - begin) * 1e-9;
            Memory.Provenance provenance = remembered.memory().provenance();
            int segments = provenance.spans().size() - 1;
            output.text().printf("%s: %d tokens in %d segments, encoded in %.1f s, loss %.3f before, %.3f after%n",
                    Printable.line(memory.toString()), provenance.tokens(), segments, seconds,
                    remembered.encoding().before(), remembered.encoding().after());
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("memory", memory.toString());
            result.put("tokens", provenance.tokens());
            result.put("segments", segments);
            result.put("seconds", seconds);
            result.put("peakBytes", reader.memory().peakBytes());
            result.put("losses", provenance.losses());
            output.json(result);
        }
        return OK;
    }

    private void requireTakenUp(MemoryModel.Remembered remembered) {
        remembered.encoding().problem().ifPresent(problem -> {
            String message = file + ": " + problem + "; nothing was written, --force writes the memory all the same";
            throw remembered.encoding().isFinite() ? new IllegalStateException(message) : new NotFiniteException(message);
        });
    }

    private Segmentation segmentation(Segmentation ofTraining) {
        return segmentTokens == null ? ofTraining : ofTraining.atMost(segmentTokens);
    }

    /** Shows progress meanwhile. */
    static MemoryModel.Remembered remember(OpenBase.Writer writer, String text, Path file, EpisodeEncoder encoder)
            throws IOException {
        ConsoleProgress progress = ConsoleProgress.ofProcess();
        try {
            return writer.remember(text, file.toString(), encoder,
                    (passes, total) -> progress.at("encode", passes, total, "segments"));
        } finally {
            progress.end();
        }
    }
}
