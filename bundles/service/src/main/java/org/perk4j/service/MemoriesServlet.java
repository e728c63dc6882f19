package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.perk4j.memory.Memory;

/**
 * {@code /v1/memories}: lists memories, and encodes texts into new ones; {@code /v1/memories/NAME}: one of them, and its
 * end.
 */
final class MemoriesServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    private final transient Serving serving;

    MemoriesServlet(Serving serving) {
        super(serving.settings());
        this.serving = serving;
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException {
        String path = request.getPathInfo();
        if (path == null || path.equals("/")) {
            switch (request.getMethod()) {
                case "GET" -> list(response);
                case "POST" -> encode(request, response);
                default -> throw ApiException.notAllowed(request.getMethod(), request.getRequestURI());
            }
            return;
        }
        String name = Library.requireName(path.substring(1));
        switch (request.getMethod()) {
            case "GET" -> respond(response, HttpServletResponse.SC_OK, described(name));
            case "DELETE" -> delete(name, response);
            default -> throw ApiException.notAllowed(request.getMethod(), request.getRequestURI());
        }
    }

    private void list(HttpServletResponse response) throws IOException {
        List<Object> memories = new ArrayList<>();
        for (String name : serving.library().names()) {
            memories.add(Map.of("name", name, "model", serving.model(name)));
        }
        respond(response, HttpServletResponse.SC_OK, Map.of("memories", memories));
    }

    private Map<String, Object> described(String name) throws ApiException, IOException {
        Memory memory = serving.library().read(name).orElseThrow(() -> unknown(name));
        Memory.Provenance provenance = memory.provenance();
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", name);
        described.put("model", serving.model(name));
        described.put("adapter", memory.adapterType());
        described.put("tokens", provenance.tokens());
        described.put("segments", Math.max(0, provenance.spans().size() - 1));
        described.put("losses", provenance.losses());
        described.put("source", provenance.source());
        described.put("sha256", provenance.sha256());
        described.put("encoded", provenance.encodedAt());
        return described;
    }

    private void encode(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException {
        Request asked = Request.of(request, settings().maxBody());
        String name = Library.requireName(asked.text("name"));
        String text = asked.text("text");
        if (text.isBlank()) {
            throw ApiException.invalid("text", "text is empty; there is nothing to remember");
        }
        EncodingJobs.Job job = serving.jobs().submit(name, text, asked.flag("replace"), asked.flag("force"));
        response.setHeader("Location", "/v1/jobs/" + job.id());
        respond(response, HttpServletResponse.SC_ACCEPTED, job);
    }

    private void delete(String name, HttpServletResponse response) throws ApiException, IOException {
        if (!serving.library().delete(name)) {
            throw unknown(name);
        }
        respond(response, HttpServletResponse.SC_OK, Map.of("name", name, "deleted", true));
    }

    private static ApiException unknown(String name) {
        return ApiException.notFound("memory_not_found",
                "there is no memory " + name + "; GET /v1/memories lists those that there are");
    }
}
