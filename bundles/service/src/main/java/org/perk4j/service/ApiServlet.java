package org.perk4j.service;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.Set;
import org.eclipse.jetty.http.BadMessageException;
import org.perk4j.formats.Json;
import org.perk4j.formats.NotWrittenException;
import org.perk4j.plugin.MissingPluginException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers in JSON. Each failure has a status, and a body that says what is wrong and how to fix it. */
abstract class ApiServlet extends HttpServlet {

    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(ApiServlet.class);
    private static final String BEARER = "Bearer ";
    /** The most bytes of a refused body that are read nevertheless. */
    private static final long MOST_UNREAD = 64 << 20;
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    private final transient Settings settings;

    ApiServlet(Settings settings) {
        this.settings = settings;
    }

    /** @return the service's settings */
    final Settings settings() {
        return settings;
    }

    /** The client has closed the connection. */
    static final class ClientGoneException extends RuntimeException {

        private static final long serialVersionUID = 1;

        ClientGoneException() {
            super("the client closed the connection");
        }
    }

    /** Serves a request whose key was checked. */
    abstract void serve(HttpServletRequest request, HttpServletResponse response)
            throws ApiException, IOException, SQLException;

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            requireRight(request);
        } catch (ApiException e) {
            fail(response, e);
            return;
        }
        try {
            serve(request, response);
        } catch (ApiException e) {
            refuse(request, response, e);
        } catch (MissingPluginException e) {
            refuse(request, response, ApiException.missing(e));
        } catch (NotStoredException | NotWrittenException e) {
            LOG.warn("Nothing can be stored: {}", e.getMessage());
            refuse(request, response, ApiException.notStored(e));
        } catch (SQLException e) {
            LOG.warn("The database doesn't answer", e);
            refuse(request, response, ApiException.ofDatabase(e));
        } catch (QuotaException e) {
            refuse(request, response, ApiException.full(e));
        } catch (Body.BrokenException e) {
            LOG.info("{}", e.getMessage());
            fail(response, ApiException.broken(e));
        } catch (BadMessageException e) { // Jetty parses some parts on access, such as the parameters
            fail(response, ApiException.invalid(null, "the request is malformed: " + e.getReason()));
        } catch (Deadline.PassedException e) {
            LOG.info("{}", e.getMessage());
            fail(response, ApiException.late(e));
        } catch (ClientGoneException e) {
            LOG.info("{}", e.getMessage());
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            LOG.error("The request failed", e);
            refuse(request, response, ApiException.ofService("the request failed: the lines of the service's log that say "
                    + "why have the id " + RequestId.current()));
        }
    }

    private void requireRight(HttpServletRequest request) throws ApiException {
        if (settings.key().isEmpty()) {
            requireOwnPage(request);
            return;
        }
        String header = request.getHeader("Authorization");
        byte[] given = (header == null || !header.startsWith(BEARER) ? "" : header.substring(BEARER.length()))
                .getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(given, settings.key().getBytes(StandardCharsets.UTF_8))) { // in constant time
            throw ApiException.unauthorized();
        }
    }

    /** Without a key, the check of host and origin keeps other sites' pages from sending requests by a browser here. */
    private void requireOwnPage(HttpServletRequest request) throws ApiException {
        String name = request.getServerName();
        if (!LOOPBACK.contains(name) && !settings.host().equals(name)) { // a site may resolve its own name to this machine
            throw ApiException.forbidden("without an API key the service answers only as localhost, not as " + name
                    + ": ask localhost, or set PERK_API_KEY");
        }
        String origin = request.getHeader("Origin");
        if (origin != null && !origin.equals("http://" + request.getHeader("Host"))) {
            throw ApiException.forbidden("without an API key the service doesn't answer a page of another site: set "
                    + "PERK_API_KEY, and have the page send it");
        }
    }

    /**
     * Answers with an error when the client may still be sending: what it sends is read first, up to a bound, since a client
     * whose connection is closed meanwhile sees a broken pipe instead of the answer.
     */
    private static void refuse(HttpServletRequest request, HttpServletResponse response, ApiException e)
            throws IOException {
        try {
            new Body(request).skipNBytes(MOST_UNREAD);
            response.setHeader("Connection", "close"); // there is more
        } catch (EOFException end) {
            // all of it was read
        } catch (Body.BrokenException broken) {
            LOG.debug("After an error the rest of the body didn't arrive: {}", broken.getMessage());
        }
        fail(response, e);
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
