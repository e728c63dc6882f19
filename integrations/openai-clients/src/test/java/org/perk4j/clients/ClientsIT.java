package org.perk4j.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.api.OpenAiApi;

/** Those who ask OpenAI ask a memory instead: a URL and a model's name are all that they change. */
class ClientsIT {

    @TempDir
    private static Path folder;

    private static Service service;

    @BeforeAll
    static void start() throws Exception {
        service = new Service(folder);
    }

    @AfterAll
    static void end() {
        if (service != null) {
            service.close();
        }
    }

    @Test
    void langChain4j() {
        OpenAiChatModel model = OpenAiChatModel.builder().baseUrl(service.v1()).apiKey("none").modelName(Service.MODEL)
                .maxTokens(16).maxRetries(0).build();
        ChatResponse response = model.chat(UserMessage.from(Service.QUESTION));
        assertEquals(Service.ANSWER, response.aiMessage().text());
        assertEquals(FinishReason.STOP, response.finishReason());
        assertTrue(response.tokenUsage().outputTokenCount() > 1);

        OpenAiChatModel unknown = OpenAiChatModel.builder().baseUrl(service.v1()).apiKey("none").modelName("gpt-4")
                .maxRetries(0).build();
        assertThrows(ModelNotFoundException.class, () -> unknown.chat("Who?"));
    }

    @Test
    void langChain4jStreaming() throws Exception {
        OpenAiStreamingChatModel model = OpenAiStreamingChatModel.builder().baseUrl(service.v1()).apiKey("none")
                .modelName(Service.MODEL).maxTokens(16).build();
        List<String> pieces = new ArrayList<>();
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        model.chat(Service.QUESTION, new StreamingChatResponseHandler() {

            @Override
            public void onPartialResponse(String piece) {
                pieces.add(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                whole.completeExceptionally(error);
            }
        });
        ChatResponse response = whole.get(1, TimeUnit.MINUTES);
        assertEquals(Service.ANSWER, response.aiMessage().text());
        assertEquals(Service.ANSWER, String.join("", pieces));
        assertTrue(pieces.size() > 1, pieces.toString());
        assertEquals(FinishReason.STOP, response.finishReason());
        assertTrue(response.tokenUsage().outputTokenCount() > 1);
    }

    @Test
    void springAi() {
        var model = org.springframework.ai.openai.OpenAiChatModel.builder()
                .openAiApi(OpenAiApi.builder().baseUrl(service.address().toString()).apiKey("none").build())
                .defaultOptions(OpenAiChatOptions.builder().model(Service.MODEL).maxTokens(16).build()).build();
        var response = model.call(new Prompt(Service.QUESTION));
        assertEquals(Service.ANSWER, response.getResult().getOutput().getText());
        assertEquals("STOP", response.getResult().getMetadata().getFinishReason());
        assertTrue(response.getMetadata().getUsage().getCompletionTokens() > 1);

        List<String> pieces = model.stream(Service.QUESTION).collectList().block();
        assertEquals(Service.ANSWER, String.join("", pieces));
    }

    @Test
    void openAisOwn() throws Exception {
        assumeTrue(run("python3", "-c", "import openai").exitCode == 0,
                "python3 has no openai: python3 -m pip install openai");
        Run run = run("python3", Path.of("src/test/resources/openai_client.py").toString(), service.v1(), Service.MODEL,
                Service.QUESTION);
        assertEquals(List.of("models base," + Service.MODEL,
                "whole " + Service.ANSWER + " stop chat.completion",
                "streamed " + Service.ANSWER + " True",
                "text text_completion length",
                "unknown 404 model_not_found",
                "refused 400 n"), run.out.lines().toList(), run.out);
        assertEquals(0, run.exitCode);
    }

    @Test
    void curl() throws Exception {
        assumeTrue(run("curl", "--version").exitCode == 0, "there is no curl");
        Run run = run("curl", "-sSN", "--fail-with-body", service.v1() + "/chat/completions", "-H",
                "Content-Type: application/json", "-d", """
                {"model": "%s", "stream": true, "max_tokens": 16, "messages": [{"role": "user", "content": "%s"}]}
                """.formatted(Service.MODEL, Service.QUESTION));
        assertEquals(0, run.exitCode, run.out);
        assertTrue(run.out.startsWith("data: {") && run.out.strip().endsWith("data: [DONE]"), run.out);
        assertEquals(22, run("curl", "-sS", "--fail-with-body", service.v1() + "/chat/completions", "-d",
                "{\"model\": \"base:none\", \"messages\": [{\"role\": \"user\", \"content\": \"Who?\"}]}").exitCode);
    }

    private record Run(int exitCode, String out) {
    }

    /** A program that isn't there ends with 127, as in a shell. */
    private static Run run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String out = new String(process.getInputStream().readAllBytes());
            return new Run(process.waitFor(), out);
        } catch (IOException e) {
            return new Run(127, e.getMessage());
        }
    }
}
