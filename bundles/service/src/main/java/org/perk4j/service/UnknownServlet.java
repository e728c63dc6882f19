package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/** All other paths. */
final class UnknownServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    UnknownServlet(Settings settings) {
        super(settings);
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException {
        throw ApiException.notFound("unknown_url", "there is nothing at " + request.getMethod() + " "
                + request.getRequestURI() + "; there are /v1/models, /v1/chat/completions, /v1/completions, /v1/memories, "
                + "/v1/jobs, /v1/plugins, /health, /ready and /metrics; GET /openapi.yaml describes them");
    }
}
