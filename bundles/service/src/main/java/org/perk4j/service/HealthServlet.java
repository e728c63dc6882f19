package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;

/** {@code /health}: that the process lives and takes requests. It needs no key. */
final class HealthServlet extends OpenServlet {

    private static final long serialVersionUID = 1;

    @Override
    void tell(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ApiServlet.respond(response, HttpServletResponse.SC_OK, Map.of("status", "up"));
    }
}
