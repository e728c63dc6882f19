package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.perk4j.inference.OpenBase;
import org.perk4j.meta.NotFiniteException;
import org.perk4j.plugin.MissingPluginException;

/** {@code /v1/ask}: asks each question of each memory, all at once, and returns each answer with a score. */
final class AskServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    private final transient Serving serving;
    private final transient Semaphore places;

    AskServlet(Serving serving, Semaphore places) {
        super(serving.settings());
        this.serving = serving;
        this.places = places;
    }

    /**
     * An answer.
     *
     * @param score  the mean log-probability of its tokens, in nats: the nearer to 0, the surer the model is
     * @param finish {@code stop}, or {@code length} if it was cut off
     */
    private record Told(String memory, String question, String answer, double score, int tokens, String finish) {
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException {
        requireMethod(request, "POST");
        Request asked = Request.of(request, settings().maxBody());
        List<String> questions = some(asked, "questions");
        List<String> names = some(asked, "memories");
        Completion completion = Completion.of(asked);
        if (!completion.stops().isEmpty()) {
            throw ApiException.invalid("stop", "stop is not supported here: leave it out");
        }
        long count = (long) questions.size() * names.size();
        if (count > settings().requests()) {
            throw ApiException.invalid("questions", "these are " + count + " answers, more than the " + settings().requests()
                    + " at a time that --max-requests allows: ask for fewer at once");
        }
        if (!places.tryAcquire((int) count)) {
            throw ApiException.tooMany();
        }
        try {
            respond(response, HttpServletResponse.SC_OK,
                    Map.of("answers", answers(questions, names, completion, Deadline.of(request))));
        } catch (MissingPluginException e) {
            throw e; // nothing is wrong with the request
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("questions", e.getMessage());
        } catch (NotFiniteException e) {
            throw ApiException.ofService(e.getMessage());
        } finally {
            places.release((int) count);
        }
    }

    private static List<String> some(Request asked, String name) throws ApiException {
        List<String> texts = asked.texts(name);
        if (texts.isEmpty()) {
            throw ApiException.invalid(name, name + " must be a string or a list of strings, at least one");
        }
        return texts;
    }

    private List<Told> answers(List<String> questions, List<String> names, Completion completion, Deadline deadline)
            throws ApiException, IOException {
        try (Shared<OpenBases.Opened> base = serving.bases().use(deadline)) {
            List<ReadyMemories.Ready> memories = new ArrayList<>();
            try {
                for (String name : names) {
                    memories.add(open(base.get(), name));
                }
                List<OpenBase.Query> queries = new ArrayList<>();
                for (ReadyMemories.Ready memory : memories) {
                    for (String question : questions) {
                        queries.add(new OpenBase.Query(memory.recollection(),
                                base.get().base().base().question(memory.memory(), question)));
                    }
                }
                serving.limits().get().require(base.get().base(), queries, completion.decoding());
                return told(questions, names,
                        base.get().base().answersInFull(queries, completion.decoding(), deadline::require));
            } finally {
                memories.forEach(ReadyMemories.Ready::close);
            }
        }
    }

    private static List<Told> told(List<String> questions, List<String> names, List<OpenBase.Answer> answers) {
        List<Told> told = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            OpenBase.Answer answer = answers.get(i);
            told.add(new Told(names.get(i / questions.size()), questions.get(i % questions.size()), answer.text().strip(),
                    Math.log(answer.probability()), answer.tokens(), OpenAi.finish(answer.end())));
        }
        return told;
    }

    private ReadyMemories.Ready open(OpenBases.Opened base, String name) throws ApiException, IOException {
        Optional<ReadyMemories.Ready> memory = base.memories().open(name);
        serving.library().use(name);
        return memory.orElseThrow(() -> ApiException.notFound("memory_not_found", "there is no memory " + name
                + "; GET /v1/memories lists all"));
    }
}
