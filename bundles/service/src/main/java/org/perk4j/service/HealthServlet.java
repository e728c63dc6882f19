package org.perk4j.service;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;

/** {@code /health}: that the process lives and takes requests. It needs no key. */
final class HealthServlet extends HttpServlet {

    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ApiServlet.respond(response, HttpServletResponse.SC_OK, Map.of("status", "up"));
    }
}
