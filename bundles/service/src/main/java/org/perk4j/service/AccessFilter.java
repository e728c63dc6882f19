package org.perk4j.service;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Gives each request an id, which its response and its lines in the log carry, a deadline, and a share of the memory for
 * bodies; and counts it.
 */
final class AccessFilter implements Filter {

    private static final Logger LOG = LoggerFactory.getLogger(AccessFilter.class);

    private static final String HEADER = "x-request-id";
    private static final Pattern OF_CLIENT = Pattern.compile("[A-Za-z0-9._-]{1,100}");

    private final Metrics metrics;
    private final Supplier<Limits> limits;
    private final BodyRoom bodies;

    /** @param limits gives the limits that apply now */
    AccessFilter(Metrics metrics, Supplier<Limits> limits, BodyRoom bodies) {
        this.metrics = metrics;
        this.limits = limits;
        this.bodies = bodies;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        doFilter((HttpServletRequest) request, (HttpServletResponse) response, chain);
    }

    private void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String given = request.getHeader(HEADER);
        String id = given != null && OF_CLIENT.matcher(given).matches() ? given : UUID.randomUUID().toString();
        response.setHeader(HEADER, id);
        ErrorAnswers.require(request);
        Deadline.begin(request, limits.get().time());
        long begin = System.nanoTime();
        try (MDC.MDCCloseable ignored = RequestId.begin(id); BodyRoom.Share room = bodies.share(request)) {
            try {
                chain.doFilter(request, response);
            } finally {
                long nanos = System.nanoTime() - begin;
                metrics.served(request.getMethod(), request.getHttpServletMapping().getPattern(), response.getStatus(),
                        nanos);
                LOG.info("{} {} {} {} ms", request.getMethod(), request.getRequestURI(), response.getStatus(),
                        nanos / 1_000_000);
            }
        }
    }
}
