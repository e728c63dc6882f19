package org.perk4j.commands;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perk4j.evaluation.Metrics;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.NamedModel;
import org.perk4j.formats.PluginChoice;
import org.perk4j.formats.Printable;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Decoding;
import org.perk4j.inference.Memories;
import org.perk4j.inference.MemoryModel;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Prompts;
import org.perk4j.inference.Segmenter;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;

/**
 * Shows what a pretrained model remembers of a text in free words: of a story that comes along, with questions whose answers
 * are known, or of the user's own, about which the user asks.
 *
 * @param folder for the story and the memory
 */
record TextDemo(Memories memories, MemoryStore store, Output output, PluginChoice backend, Path folder) {

    private static final String STORY = """
            Greta Lindqvist is a nurse and lives in Uppsala.
            Her dog is called Biscuit.
            The bakery on Mill Lane is owned by Tomas Okafor.
            The special magic number for Lisbon is 5309.
            The old clock tower was built in 1874.
            The wedding of Priya and Daniel is on 14 June.
            """;

    private static final List<Asked> QUESTIONS = List.of(
            new Asked("Where does Greta Lindqvist live?", "Uppsala"),
            new Asked("What is the dog called?", "Biscuit"),
            new Asked("Who owns the bakery on Mill Lane?", "Tomas Okafor"),
            new Asked("What is the special magic number for Lisbon?", "5309"),
            new Asked("When was the old clock tower built?", "1874"),
            new Asked("When is the wedding of Priya and Daniel?", "14 June"));

    private record Asked(String question, String expected) {
    }

    /** Lines of a text that are shown. */
    private static final int SHOWN = 6;
    private static final int ANSWER_TOKENS = 64;

    /** As {@code --json} prints it; what is expected is known of the story only. */
    private record Answered(String question, String answer, String expected) {
    }

    /**
     * Brings the model, if it has a name and isn't there yet, writes the text into a memory and asks.
     *
     * @param base as {@code encode} takes it
     * @param text the user's own; null for the story
     */
    void run(Path base, Path text) throws IOException, InterruptedException {
        Optional<NamedModel> named = NamedModel.of(base.toString());
        if (named.isPresent()) {
            ModelCommand.bring(named.get());
        }
        Path file = text == null ? folder.resolve("story.txt") : text;
        if (text == null) {
            AtomicFiles.writeString(file, STORY);
        }
        String content = Segmenter.read(file);
        TrainedAdapter trained = Installed.adapter(base);
        try (MemoryStore.Place place = store.reserve(folder.resolve("memory"), true);
                BaseModel model = memories.base(base);
                OpenBase reader = memories.open(model, backend)) {
            Memory memory = encode(reader, trained, content, file, place);
            List<Answered> answers = text == null ? askAboutStory(reader, memory) : askForUser(reader, memory);
            Path encoded = folder.resolve("memory");
            output.text().printf("%nTo ask more:%n  perk ask %s \"%s\"%n", Printable.line(encoded.toString()), "…");
            output.text().flush();
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("memory", encoded.toString());
            result.put("tokens", memory.provenance().tokens());
            result.put("losses", memory.provenance().losses());
            result.put("answers", answers);
            output.json(result);
        }
    }

    private Memory encode(OpenBase reader, TrainedAdapter trained, String content, Path file, MemoryStore.Place place)
            throws IOException {
        PrintWriter text = output.text();
        text.printf("%s:%n", Printable.line(file.toString()));
        content.lines().limit(SHOWN).forEach(line -> text.println("  " + Printable.line(line)));
        text.println(content.lines().count() > SHOWN ? "  …" : "");
        text.flush();
        try (OpenBase.Writer writer = reader.writer(trained)) {
            long begin = System.nanoTime();
            MemoryModel.Remembered remembered = EncodeCommand.remember(writer, content, file, writer.encoder());
            double seconds = (System.nanoTime() - begin) * 1e-9;
            place.write(remembered.memory());
            text.printf("Written into an adapter by gradient steps on the text itself: %d tokens in %.1f s, loss %.3f"
                    + " before, %.3f after.%n", remembered.memory().provenance().tokens(), seconds,
                    remembered.encoding().before(), remembered.encoding().after());
            remembered.encoding().problem().ifPresent(problem -> text.println("The memory knows little: " + problem + "."));
            text.printf("%nAsked without the text in the prompt:%n");
            text.flush();
            return remembered.memory();
        }
    }

    private List<Answered> askAboutStory(OpenBase reader, Memory memory) throws IOException {
        OpenBase.Recollection recollection = reader.recall(memory);
        List<Answered> answers = new ArrayList<>();
        for (Asked asked : QUESTIONS) {
            String answer = answer(reader, recollection, memory, asked.question());
            show(asked.question(), answer, Metrics.exactMatch(answer, asked.expected()) ? "  (right)"
                    : "  (wrong: " + asked.expected() + ")");
            answers.add(new Answered(asked.question(), answer, asked.expected()));
        }
        return answers;
    }

    private List<Answered> askForUser(OpenBase reader, Memory memory) throws IOException {
        OpenBase.Recollection recollection = reader.recall(memory);
        List<Answered> answers = new ArrayList<>();
        InputLines lines = new InputLines(System.in, "Your question (end with an empty line): ");
        for (InputLines.Line line = lines.next(); line != null && !line.text().isBlank(); line = lines.next()) {
            line.requireSound();
            String answer = answer(reader, recollection, memory, line.text());
            show(line.text(), answer, "");
            answers.add(new Answered(line.text(), answer, null));
        }
        return answers;
    }

    private void show(String question, String answer, String verdict) {
        output.text().printf("  %s%n    %s%s%n", Printable.line(question), Printable.line(answer), verdict);
        output.text().flush();
    }

    private static String answer(OpenBase reader, OpenBase.Recollection recollection, Memory memory, String question) {
        return Prompts.answerIn(reader.answer(recollection, reader.base().question(memory, question),
                Decoding.greedy(ANSWER_TOKENS))).strip();
    }
}
