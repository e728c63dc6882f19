package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.perk4j.formats.Json;

/** The HTTP server's own error responses, to malformed or unrouted requests, in the form of all other errors. */
final class ErrorAnswers extends ErrorHandler {

    /** Installs this in the server that handles a request: Felix gives no other access to its server. */
    static void require(HttpServletRequest request) {
        Server server = ServletContextRequest.getServletContextRequest(request).getConnectionMetaData().getConnector()
                .getServer();
        if (!(server.getErrorHandler() instanceof ErrorAnswers)) {
            server.setErrorHandler(new ErrorAnswers());
        }
    }

    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    protected void generateResponse(Request request, Response response, int status, String message, Throwable cause,
                                    Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        Content.Sink.write(response, true, body(message), callback);
    }

    @Override
    public ByteBuffer badMessageError(int status, String reason, HttpFields.Mutable headers) {
        headers.put(HttpHeader.CONTENT_TYPE, "application/json");
        return ByteBuffer.wrap(body(reason).getBytes(StandardCharsets.UTF_8));
    }

    private static String body(String message) {
        return Json.write(ApiException.invalid(null, "the service doesn't understand this request: " + message).body());
    }
}
