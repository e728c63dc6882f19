package org.perk4j.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.data.ChatFormat;
import org.perk4j.engine.ReverseMode;
import org.perk4j.formats.PluginChoice;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.Memories;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.TrainedAdapter;
import org.perk4j.memory.Memory;
import org.perk4j.tck.AnyFolder;
import org.perk4j.tck.ByteTokenizer;
import org.perk4j.tck.ForwardingTokenizer;

/** A base is asked in the words that it was tuned to, a memory in those that its adapter was trained with. */
class ConversationTest {

    private static final String TEMPLATE = "{% for m in messages %}{{ '<' + m.role + '>' + m.content }}{% endfor %}"
            + "<end{{ x }}>";

    @TempDir
    private static Path folder;

    private static Path base;

    private static Memory memory;

    @BeforeAll
    static void encode() throws IOException {
        base = SmallRun.base(folder, 0.3);
        SmallRun.adapter(folder, base, 1, 0.1);
        Memories memories = new Memories(new SmallPlugins(), new ReverseMode());
        try (OpenBase open = memories.open(memories.base(base), PluginChoice.of("java", Map.of()));
                OpenBase.Writer writer = open.writer(TrainedAdapter.open(folder.resolve("adapter")))) {
            memory = writer.remember("Ann has a cat.", "test", writer.encoder(), (passes, total) -> { }).memory();
        }
    }

    private static BaseModel open(ChatFormat format) throws IOException {
        return BaseModel.open(base, new SmallPlugins(new AnyFolder(() -> new ForwardingTokenizer(new ByteTokenizer()) {
            @Override
            public Optional<ChatFormat> chatFormat() {
                return Optional.ofNullable(format);
            }
        })));
    }

    private static String prompt(ChatFormat format, List<Memory> memories) throws IOException {
        try (BaseModel model = open(format)) {
            int[] prompt = model.conversation(memories, "Be brief.", List.of("Who?", "Why?"), List.of("I."));
            return model.tokenizer().decode(prompt);
        }
    }

    @Test
    void theBaseAloneIsAskedByItsTemplate() throws IOException {
        assertEquals("<system>Be brief.<user>Who?<assistant>I.<user>Why?<end_>",
                prompt(new ChatFormat(TEMPLATE, Map.of("x", "_")), List.of()));
    }

    @Test
    void aMemoryIsAskedAsItsAdapterWasTrained() throws IOException {
        assertEquals("You have memorized 1 documents.\nBe brief.\nWho?\nAnswer: I.\nWhy?\nAnswer:",
                prompt(new ChatFormat(TEMPLATE, Map.of("x", "_")), List.of(memory)));
    }

    @Test
    void withoutATemplateItIsAskedAsMemoriesAre() throws IOException {
        assertEquals("Be brief.\nWho?\nAnswer: I.\nWhy?\nAnswer:", prompt(null, List.of()));
    }

    @Test
    void whatIsTooLongIsRefused() throws IOException {
        try (BaseModel model = open(new ChatFormat(TEMPLATE, Map.of()))) {
            int positions = model.model().size().positions();
            String message = assertThrows(IllegalArgumentException.class, () -> model.conversation(List.of(), "",
                    List.of("a".repeat(positions)), List.of())).getMessage();
            assertEquals("the conversation takes " + (positions + 11) + " tokens, but the model reads at most " + positions
                    + "; shorten it, or use a model that reads more", message);
        }
    }
}
