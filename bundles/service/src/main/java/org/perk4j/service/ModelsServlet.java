package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code /v1/models}: the base and its memories, as OpenAI's API lists models. */
final class ModelsServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    private final transient Serving serving;

    ModelsServlet(Serving serving) {
        super(serving.settings());
        this.serving = serving;
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException {
        requireMethod(request, "GET");
        List<OpenAi.Model> models = new ArrayList<>();
        models.add(model(serving.name()));
        for (MemoryRow memory : serving.library().all()) {
            models.add(model(serving.model(memory.name())));
        }
        String path = request.getPathInfo();
        if (path == null || path.equals("/")) {
            respond(response, HttpServletResponse.SC_OK, new OpenAi.Models("list", models));
            return;
        }
        String wanted = path.substring(1);
        respond(response, HttpServletResponse.SC_OK, models.stream().filter(model -> model.id().equals(wanted)).findFirst()
                .orElseThrow(() -> ApiException.notFound("model_not_found", "the model " + wanted + " does not exist; "
                        + "GET /v1/models lists all")));
    }

    private OpenAi.Model model(String id) {
        return new OpenAi.Model(id, "model", serving.since().getEpochSecond(), "perk4j");
    }
}
