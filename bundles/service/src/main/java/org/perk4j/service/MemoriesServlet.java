package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * {@code /v1/memories}: lists memories, and encodes texts into new ones; {@code /v1/memories/NAME}: describes, renames, pins
 * or deletes one; {@code /v1/memories/NAME/append} and others: further actions on it.
 */
final class MemoriesServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    private final transient Serving serving;
    private final transient MemoryArchive archive;

    MemoriesServlet(Serving serving, MemoryArchive archive) {
        super(serving.settings());
        this.serving = serving;
        this.archive = archive;
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException, SQLException {
        String path = request.getPathInfo();
        if (path == null || path.equals("/")) {
            switch (request.getMethod()) {
                case "GET" -> list(response);
                case "POST" -> create(request, response);
                default -> throw ApiException.notAllowed(request.getMethod(), request.getRequestURI());
            }
            return;
        }
        String[] parts = path.substring(1).split("/", 2);
        MemoryRow row = find(Library.requireName(parts[0]));
        if (parts.length == 2) {
            act(parts[1], row, request, response);
            return;
        }
        switch (request.getMethod()) {
            case "GET" -> respond(response, HttpServletResponse.SC_OK, described(row));
            case "PATCH" -> change(row, request, response);
            case "DELETE" -> delete(row, response);
            default -> throw ApiException.notAllowed(request.getMethod(), request.getRequestURI());
        }
    }

    private void act(String action, MemoryRow row, HttpServletRequest request, HttpServletResponse response)
            throws ApiException, IOException, SQLException {
        requireMethod(request, action.equals("export") ? "GET" : "POST");
        switch (action) {
            case "append" -> append(row, request, response);
            case "load" -> load(row, request, response);
            case "unload" -> {
                serving.bases().unload(row.name());
                respond(response, HttpServletResponse.SC_OK, described(row));
            }
            case "export" -> archive.write(row, response);
            default -> throw ApiException.notFound("unknown_url", "a memory has no " + action
                    + ", only append, load, unload and export");
        }
    }

    private MemoryRow find(String name) throws ApiException {
        return serving.library().find(name).orElseThrow(() -> ApiException.notFound("memory_not_found",
                "there is no memory " + name + "; GET /v1/memories lists all"));
    }

    private void list(HttpServletResponse response) throws IOException {
        respond(response, HttpServletResponse.SC_OK,
                Map.of("memories", serving.library().all().stream().map(this::described).toList()));
    }

    private Map<String, Object> described(MemoryRow row) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", row.name());
        described.put("model", serving.model(row.name()));
        described.put("adapter", row.adapter());
        described.put("tokens", row.tokens());
        described.put("segments", row.segments());
        described.put("losses", row.losses());
        described.put("source", row.source());
        described.put("sha256", row.sha256());
        described.put("encoded", row.encoded());
        described.put("digest", row.digest());
        described.put("bytes", row.bytes());
        described.put("created", row.created());
        described.put("used", row.used());
        described.put("uses", row.uses());
        described.put("pinned", row.pinned());
        described.put("loaded", serving.bases().isReady(row.name()));
        described.put("appendable", !row.text().isEmpty());
        return described;
    }

    private void create(HttpServletRequest request, HttpServletResponse response)
            throws ApiException, IOException, SQLException {
        if (Request.isOfType(request, "application/zip")) {
            String given = request.getParameter("name");
            if (given == null) {
                throw ApiException.invalid("name", "name is missing: POST /v1/memories?name=NAME");
            }
            String name = Library.requireName(given);
            serving.jobs().requireFree(name, "true".equals(request.getParameter("replace")));
            respond(response, HttpServletResponse.SC_CREATED, described(archive.read(name, request)));
            return;
        }
        Request asked = Request.of(request, settings().maxBody());
        String name = Library.requireName(asked.text("name"));
        encode(name, text(asked), asked.flag("replace"), asked, request, response);
    }

    private static String text(Request asked) throws ApiException {
        String text = asked.text("text");
        if (text.isBlank()) {
            throw ApiException.invalid("text", "text is empty; there is nothing to remember");
        }
        return text;
    }

    private void append(MemoryRow row, HttpServletRequest request, HttpServletResponse response)
            throws ApiException, IOException, SQLException {
        Request asked = Request.of(request, settings().maxBody());
        String more = text(asked);
        serving.jobs().requireNotWritten(row.name());
        if (row.text().isEmpty()) {
            throw ApiException.conflict("the text of " + row.name() + " was not kept, so nothing can be appended to it: "
                    + "encode the whole text with POST /v1/memories");
        }
        String text = serving.jobs().text(row);
        encode(row.name(), text + (text.endsWith("\n") ? "" : "\n") + more, true, asked, request, response);
    }

    private void encode(String name, String text, boolean replace, Request asked, HttpServletRequest request,
                        HttpServletResponse response) throws ApiException, IOException, SQLException {
        Job job = serving.jobs().submit(UUID.randomUUID().toString(), name, text, replace, asked.flag("force"),
                asked.optionalFlag("keep").orElse(true), Deadline.of(request));
        response.setHeader("Location", "/v1/jobs/" + job.id());
        respond(response, HttpServletResponse.SC_ACCEPTED, job.described());
    }

    private void load(MemoryRow row, HttpServletRequest request, HttpServletResponse response)
            throws ApiException, IOException {
        serving.ask(serving.model(row.name()), Deadline.of(request)).close();
        respond(response, HttpServletResponse.SC_OK, described(row));
    }

    private void change(MemoryRow row, HttpServletRequest request, HttpServletResponse response)
            throws ApiException, IOException, SQLException {
        Request asked = Request.of(request, settings().maxBody());
        String other = Library.requireName(asked.optionalText("name").orElse(row.name()));
        if (!other.equals(row.name())) {
            serving.jobs().requireNotWritten(row.name());
            serving.jobs().requireNotWritten(other);
        }
        Optional<MemoryRow> changed = serving.library().change(row.name(), other, asked.optionalFlag("pinned"));
        respond(response, HttpServletResponse.SC_OK, described(changed.isPresent() ? changed.get() : find(row.name())));
    }

    private void delete(MemoryRow row, HttpServletResponse response) throws ApiException, IOException, SQLException {
        if (!serving.delete(row.name())) {
            find(row.name());
        }
        respond(response, HttpServletResponse.SC_OK, Map.of("name", row.name(), "deleted", true));
    }
}
