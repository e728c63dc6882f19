package org.perk4j.service;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.UUID;
import org.perk4j.formats.Json;
import org.perk4j.plugin.MissingPluginException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers in JSON, also where it can't: each failure has a status and a body that says what is wrong, and what helps. */
abstract class ApiServlet extends HttpServlet {

    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(ApiServlet.class);
    private static final String BEARER = "Bearer ";

    private final transient Settings settings;

    ApiServlet(Settings settings) {
        this.settings = settings;
    }

    /** @return what all of the service's requests are bound to */
    final Settings settings() {
        return settings;
    }

    /** Nobody reads the response any more. */
    static final class ClientGoneException extends RuntimeException {

        private static final long serialVersionUID = 1;

        ClientGoneException() {
            super("the client has gone");
        }
    }

    /** Serves a request whose key is right. */
    abstract void serve(HttpServletRequest request, HttpServletResponse response)
            throws ApiException, IOException, SQLException;

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String id = UUID.randomUUID().toString();
        response.setHeader("x-request-id", id);
        long begin = System.nanoTime();
        try {
            requireKey(request);
            serve(request, response);
        } catch (ApiException e) {
            fail(response, e);
        } catch (MissingPluginException e) {
            fail(response, ApiException.missing(e));
        } catch (SQLException e) {
            LOG.warn("The database doesn't answer", e);
            fail(response, ApiException.ofDatabase(e));
        } catch (QuotaException e) {
            fail(response, ApiException.full(e));
        } catch (ClientGoneException e) {
            LOG.info("{} {}", id, e.getMessage());
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            LOG.error("Request {} failed", id, e);
            fail(response, ApiException.ofService("the request failed, and the service's log says why: look for " + id));
        } finally {
            LOG.info("{} {} {} {} {} ms", id, request.getMethod(), request.getRequestURI(), response.getStatus(),
                    (System.nanoTime() - begin) / 1_000_000);
        }
    }

    private void requireKey(HttpServletRequest request) throws ApiException {
        if (settings.key().isEmpty()) {
            return;
        }
        String header = request.getHeader("Authorization");
        byte[] given = (header == null || !header.startsWith(BEARER) ? "" : header.substring(BEARER.length()))
                .getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(given, settings.key().getBytes(StandardCharsets.UTF_8))) { // in constant time
            throw ApiException.unauthorized();
        }
    }

    private static void fail(HttpServletResponse response, ApiException e) throws IOException {
        if (response.isCommitted()) { // a stream that has begun ends with the error as its last event
            response.getWriter().write("data: " + Json.writeLine(e.body()) + "\n\n");
            response.getWriter().flush();
            return;
        }
        if (e.status() == 429 || e.status() == 503) {
            response.setHeader("Retry-After", "1");
        }
        respond(response, e.status(), e.body());
    }

    static void respond(HttpServletResponse response, int status, Object body) throws IOException {
        response.setStatus(status);
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(Json.write(body));
    }

    static void requireMethod(HttpServletRequest request, String method) throws ApiException {
        if (!request.getMethod().equals(method)) {
            throw ApiException.notAllowed(request.getMethod(), request.getRequestURI());
        }
    }
}
