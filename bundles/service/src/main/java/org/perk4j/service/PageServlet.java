package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import org.osgi.framework.Bundle;

/**
 * The page at {@code /}, and its files at {@code /page/*}. The page sends requests like any other client, so serving it
 * needs no key. {@code /openapi.yaml} describes the requests.
 */
final class PageServlet extends OpenServlet {

    private static final long serialVersionUID = 1;
    private static final String FOLDER = "page";
    private static final String START = "index.html";
    private static final Map<String, String> TYPES = Map.of("html", "text/html", "js", "text/javascript", "css", "text/css",
            "svg", "image/svg+xml", "yaml", "application/yaml");

    /** The files of libraries, by the names that the page has for them. */
    private static final Map<String, String> LIBRARIES = Map.of("preact.js", "standalone.module.js",
            "uplot.js", "uPlot.esm.js", "uplot.css", "uPlot.min.css", "pico.css", "pico.min.css");

    private final transient Map<String, URL> files = new HashMap<>();
    private final String tag;

    /** @param bundle that has the files */
    PageServlet(Bundle bundle) {
        this.tag = "\"" + Long.toHexString(bundle.getLastModified()) + "\"";
        for (Enumeration<URL> own = bundle.findEntries(FOLDER, "*.*", false); own.hasMoreElements();) {
            URL file = own.nextElement();
            files.put(file.getPath().substring(file.getPath().lastIndexOf('/') + 1), file);
        }
        LIBRARIES.forEach((name, file) ->
                files.put(name, bundle.findEntries("META-INF/resources", file, true).nextElement()));
    }

    @Override
    void tell(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getPathInfo() == null ? request.getServletPath() : request.getPathInfo();
        String name = path.equals("/") ? START : path.substring(1);
        URL file = files.get(name);
        if (file == null) {
            ApiException unknown = ApiException.notFound("unknown_url", "the page has no file " + name);
            ApiServlet.respond(response, unknown.status(), unknown.body());
            return;
        }
        response.setHeader("ETag", tag);
        response.setHeader("Cache-Control", "no-cache"); // revalidates each time
        response.setHeader("X-Content-Type-Options", "nosniff");
        if (tag.equals(request.getHeader("If-None-Match"))) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        response.setContentType(TYPES.get(name.substring(name.lastIndexOf('.') + 1)) + ";charset=utf-8");
        try (InputStream content = file.openStream()) {
            content.transferTo(response.getOutputStream());
        }
    }
}
