package org.perk4j.commands;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ServiceScope;
import org.perk4j.autodiff.Autodiff;
import org.perk4j.backend.Scope;
import org.perk4j.data.EncodedText;
import org.perk4j.formats.Printable;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.Segment;
import org.perk4j.inference.Segmentation;
import org.perk4j.inference.Segmenter;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import org.perk4j.meta.Encoding;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.plugin.Plugins;
import org.perk4j.training.ConsoleProgress;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a text into a memory. */
@Component(service = Command.class, scope = ServiceScope.PROTOTYPE)
@CommandLine.Command(name = "encode", mixinStandardHelpOptions = true,
        description = "Writes a text into a memory, which 'perk ask' then answers from.")
public final class EncodeCommand implements Command {

    @Reference
    private Plugins plugins;

    @Reference
    private Autodiff autodiff;

    @Reference
    private MemoryStore store;

    @Mixin
    private Output output;

    @CommandLine.Parameters(paramLabel = "FILE", description = "A text in UTF-8, of any length.")
    private Path file;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "MEMORY", description = "The memory's folder.")
    private Path memory;

    @Option(names = "--replace", description = "Replace a memory that is there already.")
    private boolean replace;

    @Option(names = "--force", description = "Write the memory even if the context's loss did not fall or is not finite.")
    private boolean force;

    @Option(names = "--adapter", paramLabel = "FOLDER",
            description = "A trained adapter: the output of 'perk train'. Default: the quickstart's.")
    private Path adapter;

    @Option(names = "--base", paramLabel = "FOLDER",
            description = "The base model that the adapter was trained with. Default: the quickstart's.")
    private Path base;

    @Option(names = "--segment-tokens", paramLabel = "N", converter = OptionValues.SegmentTokens.class,
            description = "The most tokens of a segment. Default: as the segments of the adapter's training.")
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
        TrainedAdapter trained = TrainedAdapter.open(adapter == null ? Installed.quickstart("adapter") : adapter);
        try (BaseModel model = BaseModel.open(base == null ? Installed.quickstart("base") : base, plugins)) {
            trained.requireBase(model);
            return encode(place, text, trained, model);
        }
    }

    private int encode(MemoryStore.Place place, String text, TrainedAdapter trained, BaseModel model) throws IOException {
        try (MemoryModel reader = MemoryModel.open(model, backend.choice(), plugins, autodiff)) {
            MemoryModel.Writer writer = reader.writer(trained);
            EpisodeEncoder encoder = trained.encoder(model, segmentation(trained.manifest().segments()));
            List<Segment> segments = encoder.segments(text);
            List<EncodedText> documents = encoder.documents(segments);
            long tokens = documents.stream().mapToLong(d -> d.tokens().length).sum();
            long begin = System.nanoTime();
            Encoding encoding;
            try (Scope scope = reader.compute().scope()) {
                encoding = encode(writer, documents);
                if (!force) {
                    requireTakenUp(encoding);
                }
                place.write(writer.memory(encoding, provenance(text, segments, tokens, finite(encoding))));
            }
            double seconds = (System.nanoTime() - begin) * 1e-9;
            output.text().printf("%s: %d tokens in %d segments, encoded in %.1f s, loss %.3f before, %.3f after%n",
                    Printable.line(memory.toString()), tokens, documents.size(), seconds, encoding.before(), encoding.after());
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("memory", memory.toString());
            result.put("tokens", tokens);
            result.put("segments", documents.size());
            result.put("seconds", seconds);
            result.put("losses", finite(encoding));
            output.json(result);
        }
        return OK;
    }

    private void requireTakenUp(Encoding encoding) {
        encoding.problem().ifPresent(problem -> {
            String message = file + ": " + problem + "; nothing was written, --force writes the memory all the same";
            throw encoding.isFinite() ? new IllegalStateException(message) : new NotFiniteException(message);
        });
    }

    /** JSON has no word for what is not a finite number. */
    private static List<Double> finite(Encoding encoding) {
        return encoding.losses().stream().takeWhile(Double::isFinite).toList();
    }

    private Segmentation segmentation(Segmentation ofTraining) {
        return segmentTokens == null ? ofTraining : ofTraining.atMost(segmentTokens);
    }

    private static Encoding encode(MemoryModel.Writer writer, List<EncodedText> documents) {
        ConsoleProgress progress = ConsoleProgress.ofProcess();
        progress.begin("encode", 0, writer.passes(documents.size()));
        try {
            return writer.encode(documents, passes -> progress.at(passes, "segments"));
        } finally {
            progress.end();
        }
    }

    private Memory.Provenance provenance(String text, List<Segment> segments, long tokens, List<Double> losses) {
        List<Integer> spans = new ArrayList<>(segments.stream().map(Segment::start).toList());
        spans.add(text.length());
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return new Memory.Provenance(file.toString(), HexFormat.of().formatHex(digest), tokens, spans,
                    Instant.now().truncatedTo(ChronoUnit.SECONDS), losses);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
