package org.perk4j.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.query.Query;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.perk4j.embedded.Base;
import org.perk4j.embedded.Perk;
import org.perk4j.memory.Memory;

/** LangChain4j's interfaces, on the quickstart's models. */
class MemoryModelsIT {

    private static final List<Integer> IDS = List.of(204815, 730261, 559032, 118407, 846120, 392574);
    private static final List<String> NAMES = List.of("Emma Smith", "James Brown", "Olivia Jones", "Noah Davis",
            "Ava Miller", "Liam Wilson");
    private static final String MAJOR = "Computer Science";

    private static Perk perk;
    private static Base base;
    private static Memory memory;

    @BeforeAll
    static void encode() throws Exception {
        perk = Perk.start();
        Path models = Path.of(System.getProperty("perk.quickstart"));
        base = perk.base(models.resolve("base"), models.resolve("adapter"));
        memory = base.encode(text(0, 6, List.of("Freshman", "Sophomore", "Junior", "Senior")));
    }

    @AfterAll
    static void close() throws Exception {
        perk.close();
    }

    /** Records of some of the students, whose years take turns. */
    private static String text(int from, int to, List<String> years) {
        return IntStream.range(from, to).mapToObj(i -> "Student Id: " + IDS.get(i) + ", Student Name: " + NAMES.get(i)
                + ", Year: " + years.get(i % years.size()) + ", School: School of Engineering, Major: " + MAJOR
                + ", Grade: B").collect(Collectors.joining("\n"));
    }

    private static String question(int student) {
        return "Which year is student with ID " + IDS.get(student) + " in?";
    }

    private static ChatRequest.Builder major() {
        return ChatRequest.builder().messages(
                UserMessage.from("What major is student with ID " + IDS.get(0) + " studying?"));
    }

    @Test
    void aModelAnswersFromItsMemory() {
        ChatModel model = new MemoryChatModel(base, memory);
        assertEquals("Freshman", model.chat(question(0)));
        assertEquals("Sophomore", model.chat(question(1)));

        ChatResponse whole = model.chat(major().build());
        assertEquals(MAJOR, whole.aiMessage().text());
        assertEquals(FinishReason.STOP, whole.finishReason());
        assertTrue(whole.tokenUsage().inputTokenCount() > 10 && whole.tokenUsage().outputTokenCount() > 1);

        assertEquals(FinishReason.LENGTH, model.chat(major().maxOutputTokens(1).build()).finishReason());
        assertEquals("Compu", model.chat(major().stopSequences(List.of("ter")).build()).aiMessage().text());
        ChatResponse later = model.chat(SystemMessage.from("Answer."), UserMessage.from(question(0)),
                AiMessage.from("Freshman"), UserMessage.from(question(1)));
        assertTrue(later.tokenUsage().inputTokenCount() > whole.tokenUsage().inputTokenCount());
    }

    @Test
    void whatIsNotServedIsRefusedByName() {
        ChatModel model = new MemoryChatModel(base, memory);
        assertTrue(assertThrows(UnsupportedFeatureException.class, () -> model.chat(major().topK(4).build())).getMessage()
                .contains("topK"));
        assertTrue(assertThrows(UnsupportedFeatureException.class, () -> model.chat(major().modelName("gpt-4").build()))
                .getMessage().contains("modelName"));
        assertThrows(InvalidRequestException.class,
                () -> model.chat(UserMessage.from("Who?"), AiMessage.from("Me")));
        assertTrue(assertThrows(InvalidRequestException.class, () -> model.chat("Who? ".repeat(20_000))).getMessage()
                .contains("the model reads at most"));
    }

    /** Remembers all that it is told. */
    private static class Told implements StreamingChatResponseHandler {

        final List<String> pieces = new ArrayList<>();
        final List<ChatResponse> whole = new ArrayList<>();
        final List<Throwable> errors = new ArrayList<>();

        @Override
        public void onPartialResponse(String piece) {
            pieces.add(piece);
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            whole.add(response);
        }

        @Override
        public void onError(Throwable error) {
            errors.add(error);
        }
    }

    @Test
    void anAnswerIsReadAsItGrows() {
        StreamingChatModel model = new MemoryStreamingChatModel(base, memory, Runnable::run);
        Told told = new Told();
        model.chat(major().build(), told);
        assertEquals(MAJOR, String.join("", told.pieces));
        assertTrue(told.pieces.size() > 1, told.pieces.toString());
        assertEquals(MAJOR, told.whole.get(0).aiMessage().text());

        Told cancelling = new Told() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                pieces.add(piece.text());
                context.streamingHandle().cancel();
            }
        };
        model.chat(major().build(), cancelling);
        assertEquals(1, cancelling.pieces.size());
        assertEquals(List.of(), cancelling.whole);

        Told failed = new Told();
        model.chat("Who? ".repeat(20_000), failed);
        assertTrue(failed.errors.get(0) instanceof InvalidRequestException, failed.errors.toString());
    }

    @Test
    void theMemoryThatKnowsIsChosen() throws Exception {
        List<String> years = List.of("Junior", "Senior");
        MemoryContentRetriever retriever = new MemoryContentRetriever(base,
                Map.of("first", base.encode(text(0, 3, years)), "second", base.encode(text(3, 6, years))), 1);
        for (int student : List.of(0, 1, 4, 5)) {
            List<Content> contents = retriever.retrieve(Query.from(question(student)));
            assertEquals(1, contents.size());
            assertEquals(student < 3 ? "first" : "second",
                    contents.get(0).textSegment().metadata().getString(MemoryContentRetriever.MEMORY), question(student));
            assertEquals(years.get(student % 2), contents.get(0).textSegment().text());
            assertTrue((double) contents.get(0).metadata().get(ContentMetadata.SCORE) > 0.5);
        }
    }
}
