package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** {@code /metrics}: what Prometheus collects. */
final class MetricsServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    private final transient Metrics metrics;

    MetricsServlet(Settings settings, Metrics metrics) {
        super(settings);
        this.metrics = metrics;
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException {
        requireMethod(request, "GET");
        response.setContentType("text/plain; version=0.0.4; charset=utf-8");
        response.getWriter().write(metrics.text());
    }
}
