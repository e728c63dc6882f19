package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.perk4j.formats.Json;
import org.perk4j.inference.BaseModel;
import org.perk4j.inference.OpenBase;
import org.perk4j.inference.Prompts;
import org.perk4j.memory.Memory;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.plugin.MissingPluginException;

/** {@code /v1/completions} and {@code /v1/chat/completions}: answers, whole or streamed. */
final class CompletionsServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    private final transient Serving serving;
    private final transient Semaphore places;
    private final transient Metrics metrics;
    private final boolean chat;

    CompletionsServlet(Serving serving, Semaphore places, Metrics metrics, boolean chat) {
        super(serving.settings());
        this.serving = serving;
        this.places = places;
        this.metrics = metrics;
        this.chat = chat;
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException {
        requireMethod(request, "POST");
        Request asked = Request.of(request, settings().maxBody());
        Completion checked = Completion.of(asked);
        if (!places.tryAcquire()) {
            throw ApiException.tooMany();
        }
        Deadline deadline = Deadline.of(request);
        try (Serving.Asked model = serving.ask(asked.text("model"), deadline)) {
            BaseModel base = model.base().base();
            int[] prompt = prompt(asked, base, model.memory());
            boolean asTuned = chat && model.memory().isEmpty() && base.tokenizer().chatFormat().isPresent();
            Completion completion = asTuned ? Completion.of(asked, base.sampling()) : checked;
            OpenBase.Query query = new OpenBase.Query(model.recollection(), prompt);
            serving.limits().get().require(model.base(), List.of(query), completion.decoding());
            Answering answering = new Answering(model.base(), asked.text("model"), deadline);
            if (asked.flag("stream")) {
                answering.stream(response, completion, query, wantsUsage(asked));
            } else {
                answering.whole(response, completion, query);
            }
        } catch (MissingPluginException e) {
            throw e; // nothing is wrong with the request
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(chat ? "messages" : "prompt", e.getMessage());
        } catch (NotFiniteException e) {
            throw ApiException.ofService(e.getMessage());
        } finally {
            places.release();
        }
    }

    private int[] prompt(Request asked, BaseModel base, Optional<Memory> memory) throws ApiException {
        if (chat) {
            return Conversation.of(asked.objects("messages")).prompt(base, memory);
        }
        List<String> prompts = asked.texts("prompt");
        if (prompts.size() != 1) {
            throw ApiException.invalid("prompt", "prompt must be one string");
        }
        return base.encoder(new Prompts(false)).begun(prompts.get(0));
    }

    private static boolean wantsUsage(Request asked) {
        return asked.plain("stream_options") instanceof Map<?, ?> options
                && Boolean.TRUE.equals(options.get("include_usage"));
    }

    /** One answer, in the terms of OpenAI's API. */
    private final class Answering {

        private final String id = (chat ? "chatcmpl-" : "cmpl-") + UUID.randomUUID();
        private final long created = Instant.now().getEpochSecond();
        private final OpenBase base;
        private final String model;
        private final Deadline deadline;

        Answering(OpenBase base, String model, Deadline deadline) {
            this.base = base;
            this.model = model;
            this.deadline = deadline;
        }

        void whole(HttpServletResponse response, Completion completion, OpenBase.Query query) throws IOException {
            Completion.Written written = write(completion, query, piece -> { });
            Map<String, Object> choice = choice(written.finish());
            if (chat) {
                choice.put("message", Map.of("role", "assistant", "content", written.text()));
            } else {
                choice.put("text", written.text());
            }
            respond(response, HttpServletResponse.SC_OK, new OpenAi.Response(id,
                    chat ? "chat.completion" : "text_completion", created, model, List.of(choice),
                    OpenAi.Usage.of(written)));
        }

        void stream(HttpServletResponse response, Completion completion, OpenBase.Query query, boolean usage)
                throws IOException {
            response.setContentType("text/event-stream");
            response.setCharacterEncoding("UTF-8");
            response.setHeader("Cache-Control", "no-cache");
            PrintWriter events = response.getWriter();
            if (chat) {
                send(events, event(piece(""), null, null));
            }
            Completion.Written written = write(completion, query,
                    text -> send(events, event(piece(text), null, null)));
            send(events, event(chat ? Map.of() : "", written.finish(), null));
            if (usage) {
                send(events, new OpenAi.Response(id, object(), created, model, List.of(), OpenAi.Usage.of(written)));
            }
            events.write("data: [DONE]\n\n");
            events.flush();
        }

        private Completion.Written write(Completion completion, OpenBase.Query query, Consumer<String> pieces) {
            Completion.Written written = completion.write(base, query, deadline, pieces);
            metrics.answered(chat ? "chat" : "text_completion", written);
            return written;
        }

        private Object piece(String text) {
            return chat ? Map.of("role", "assistant", "content", text) : text;
        }

        private OpenAi.Response event(Object piece, String finish, OpenAi.Usage usage) {
            Map<String, Object> choice = choice(finish);
            choice.put(chat ? "delta" : "text", piece);
            return new OpenAi.Response(id, object(), created, model, List.of(choice), usage);
        }

        private String object() {
            return chat ? "chat.completion.chunk" : "text_completion";
        }

        private static Map<String, Object> choice(String finish) {
            Map<String, Object> choice = new LinkedHashMap<>();
            choice.put("index", 0);
            choice.put("finish_reason", finish);
            choice.put("logprobs", null);
            return choice;
        }

        /** @throws ClientGoneException which ends the answer */
        private static void send(PrintWriter events, Object event) {
            events.write("data: " + Json.writeLine(event) + "\n\n");
            if (events.checkError()) {
                throw new ClientGoneException();
            }
        }
    }
}
