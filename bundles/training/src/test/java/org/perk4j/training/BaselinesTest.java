package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.ChatFormat;
import org.perk4j.data.EncodedText;
import org.perk4j.data.Tokenizer;
import org.perk4j.engine.ReverseMode;
import org.perk4j.evaluation.EvaluateJob;
import org.perk4j.evaluation.EvaluationResult;
import org.perk4j.evaluation.Forgetting;
import org.perk4j.evaluation.Method;
import org.perk4j.formats.Options;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.EpisodeEncoder;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.PromptTooLongException;
import org.perk4j.inference.Segmentation;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.inference.Unit;
import org.perk4j.plugin.Plugins;
import org.perk4j.tck.AnyFolder;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tck.ForwardingTokenizer;

/** What a memory is compared with. */
class BaselinesTest {

    private static final double CLOSE = 1e-5;

    @TempDir
    private static Path folder;

    private static Path base;

    @BeforeAll
    static void train() throws IOException {
        base = SmallRun.base(folder, 0.6);
        SmallRun.adapter(folder, base, 2, 1);
    }

    private static List<EvaluationResult> evaluate(Plugins plugins, int records, String keys) throws IOException {
        return SmallRun.evaluation(plugins).measure("", Options.read(
                Files.writeString(folder.resolve("evaluate.json"), """
                {"base": "%s", "backend": "java", "noContext": false, %s,
                 "contexts": [{"type": "student-records", "records": %d, "questions": 1}], "episodes": 2, "answerTokens": 4}
                """.formatted(base, keys, records)), EvaluateJob.class), (method, done, total) -> { });
    }

    /** A tokenizer with a chat template that tells what it was asked. */
    private static final class Talk extends ForwardingTokenizer {

        private final List<String> asked = new ArrayList<>();

        Talk() {
            super(new ByteTokenizer());
        }

        @Override
        public int[] encodeWithSpecial(String text) {
            asked.add(text);
            return encode(text);
        }

        @Override
        public Set<String> special() {
            return Set.of();
        }

        @Override
        public Optional<ChatFormat> chatFormat() {
            return Optional.of(new ChatFormat("[{{ messages[0].content }}]", Map.of()));
        }
    }

    private static List<String> asked(String baselines) throws IOException {
        Talk talk = new Talk();
        Tokenizer tokenizer = talk;
        evaluate(new SmallPlugins(new AnyFolder(() -> tokenizer)), 3, "\"baselines\": {" + baselines + "}");
        return talk.asked;
    }

    @Test
    void zeroShotAsksInTheChatTemplateWithTheWholeContext() throws IOException {
        for (String prompt : asked("\"zeroShot\": true")) {
            assertTrue(prompt.matches("(?s)\\[(Student [^\\n]+\\n){3}\\n[^\\n]+\\? Answer with the exact words from the "
                    + "text, as few as possible\\.\\]"), prompt);
        }
    }

    /** A question names a student's ID, which stands in that student's record alone. */
    @Test
    void retrievalAsksWithTheRecordThatIsAskedFor() throws IOException {
        for (String prompt : asked("\"retrieved\": 1")) {
            assertTrue(prompt.matches("(?s)\\[Student [^\\n]+\\b(\\d{7})\\b[^\\n]*\\n\\n[^\\n]+\\b\\1\\b[^\\n]+\\]"),
                    prompt);
        }
    }

    @Test
    void promptsThatAreTooLongAreReportedByMethod() {
        String message = assertThrows(PromptTooLongException.class,
                () -> evaluate(new SmallPlugins(), 100, "\"baselines\": {\"zeroShot\": true}")).getMessage();
        assertTrue(message.startsWith("zero-shot: ") && message.contains("the model reads at most 1600"), message);
    }

    /** From the base itself, as LoRA's B begins with zeros, down the loss of the text: as {@link OpenBase#loss} has it. */
    @Test
    void plainFineTuningLowersTheLossOfTheTextFromTheBasesOwn() throws IOException {
        Segmentation lines = new Segmentation(Unit.LINE, 50, 100, 100);
        PluginChoice lora = PluginChoice.of("lora", Map.of("rank", 2, "initB", 0));
        TrainedAdapter.Manifest fresh = new TrainedAdapter.Manifest("", lora, PluginChoice.of("sgd", Map.of()),
                PluginChoice.of("reptile", Map.of("steps", 5, "learningRate", 0.05)), false, lines, 0,
                TrainedAdapter.open(folder.resolve("adapter")).manifest().plugins());
        Memories memories = new Memories(new SmallPlugins(), new ReverseMode());
        try (OpenBase model = memories.open(memories.base(base), PluginChoice.of("java", Map.of()));
                OpenBase.Writer writer = model.untrained(fresh, 1)) {
            EpisodeEncoder encoder = writer.encoder();
            List<EncodedText> documents = encoder.documents(encoder.segments("A cat sat.\nA dog ran."));
            assertEquals(2, documents.size());
            OpenBase.Written written = writer.write(documents);
            try (OpenBase.Recollection memory = written.recollection()) {
                List<Double> losses = written.encoding().losses();
                assertEquals(losses.stream().sorted((one, other) -> Double.compare(other, one)).toList(), losses);
                assertEquals(losses.get(0), model.loss(model.nothing(), documents), CLOSE);
                assertEquals(losses.get(5), model.loss(memory, documents), CLOSE);
            }
        }
    }

    @Test
    void memoriesAloneMakeTheBaseForget() throws IOException {
        Path adapter = SmallRun.adapter(folder.resolve("standard"), base,
                "{\"type\": \"lora\", \"rank\": 2, \"initB\": 0}", 2, 1, 1);
        Path text = Files.writeString(folder.resolve("unrelated.txt"), "Something else altogether. ".repeat(20));
        List<EvaluationResult> results = evaluate(new SmallPlugins(), 2, """
                "adapter": "%s", "heldOut": {"text": "%s", "tokens": 130, "window": 64},
                 "baselines": {"zeroShot": true, "retrieved": 1, "reckoning": "%s",
                   "fineTuning": {"steps": 1, "learningRate": 1e-6, "optimizer": "sgd"}}
                """.formatted(adapter, text, folder.resolve("adapter")));
        assertEquals(List.of(Method.PERK, Method.RECKONING, Method.FINE_TUNED, Method.ZERO_SHOT, Method.RETRIEVAL),
                results.stream().map(EvaluationResult::method).toList());
        Forgetting memory = results.get(0).forgetting().orElseThrow();
        Forgetting hardlyMoved = results.get(2).forgetting().orElseThrow();
        assertEquals(2, memory.memories());
        assertEquals(memory.perplexity(), hardlyMoved.perplexity());
        assertEquals(0, hardlyMoved.rise(), 1e-3);
        assertNotEquals(0, memory.rise(), 1e-3);
        assertTrue(memory.low() <= memory.rise() && memory.rise() <= memory.high());
        assertNotEquals(memory, results.get(1).forgetting().orElseThrow(), "another adapter");
        assertEquals(List.of(Optional.empty(), Optional.empty()),
                results.subList(3, 5).stream().map(EvaluationResult::forgetting).toList());
    }
}
