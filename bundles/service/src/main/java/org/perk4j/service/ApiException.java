package org.perk4j.service;

import java.sql.SQLException;
import org.perk4j.plugin.MissingPluginException;

/** An error response, in the form that OpenAI's API uses. */
final class ApiException extends Exception {

    private static final long serialVersionUID = 1;

    private final int status;
    private final String type;
    private final String code;
    private final String parameter;

    private ApiException(int status, String type, String code, String parameter, String message) {
        super(message);
        this.status = status;
        this.type = type;
        this.code = code;
        this.parameter = parameter;
    }

    /** @param parameter the name of the wrong parameter; null if the request as a whole is wrong */
    static ApiException invalid(String parameter, String message) {
        return new ApiException(400, "invalid_request_error", null, parameter, message);
    }

    static ApiException unauthorized() {
        return new ApiException(401, "invalid_request_error", "invalid_api_key", null,
                "the API key is missing or wrong; send it as Authorization: Bearer KEY");
    }

    static ApiException forbidden(String message) {
        return new ApiException(403, "invalid_request_error", "forbidden", null, message);
    }

    static ApiException notFound(String code, String message) {
        return new ApiException(404, "invalid_request_error", code, null, message);
    }

    static ApiException notAllowed(String method, String path) {
        return new ApiException(405, "invalid_request_error", "method_not_allowed", null,
                path + " doesn't accept " + method + ": GET /openapi.yaml lists what it accepts");
    }

    static ApiException broken(Body.BrokenException e) {
        return new ApiException(e.isSlow() ? 408 : 400, "invalid_request_error", e.isSlow() ? "timeout" : null, null,
                e.getMessage());
    }

    static ApiException conflict(String message) {
        return new ApiException(409, "invalid_request_error", "conflict", null, message);
    }

    static ApiException tooLarge(long most) {
        return new ApiException(413, "invalid_request_error", "too_large", null,
                "the request has more than " + most + " bytes, the limit that --max-body sets: send less, or raise it");
    }

    /**
     * @param needed bytes of keys and values
     * @param most   that a request may have
     */
    static ApiException needsMemory(long needed, long most) {
        return new ApiException(413, "invalid_request_error", "too_much_memory", "max_tokens",
                "the request may need " + needed + " bytes for the keys and values of its tokens, more than the " + most
                        + " that --max-request-memory and --max-memory allow: lower max_tokens, or shorten the prompt");
    }

    static ApiException tooMany() {
        return new ApiException(429, "rate_limit_error", "too_many_requests", null,
                "the service has as many requests in progress as it allows: try again in a moment");
    }

    static ApiException ofService(String message) {
        return new ApiException(500, "server_error", null, null, message);
    }

    static ApiException late(Deadline.PassedException e) {
        return new ApiException(504, "server_error", "timeout", null, e.getMessage());
    }

    static ApiException unavailable(String message) {
        return new ApiException(503, "server_error", "unavailable", null, message);
    }

    /** The database doesn't answer. */
    static ApiException ofDatabase(SQLException e) {
        return unavailable("the database doesn't answer (" + e.getMessage() + "): memories can still be asked, but "
                + "nothing can be changed until it does");
    }

    /** Something could not be stored, for example because the disk is full. */
    static ApiException notStored(Exception e) {
        return new ApiException(507, "server_error", "storage", null, "nothing was changed: " + e.getMessage());
    }

    static ApiException full(QuotaException e) {
        return new ApiException(507, "server_error", "quota", null, e.getMessage());
    }

    /** A plugin that the request needs is not running. */
    static ApiException missing(MissingPluginException e) {
        return new ApiException(503, "server_error", "plugin_missing", e.kind() + " " + e.type(), e.getMessage()
                + ". Start it, or put its jar into plugins/: requests are answered again as soon as it is there. "
                + "GET /v1/plugins shows its state");
    }

    int status() {
        return status;
    }

    /** @return the body of the response */
    ErrorBody body() {
        return new ErrorBody(new Error(getMessage(), type, parameter, code));
    }

    /** As OpenAI's API has it. */
    record ErrorBody(Error error) {
    }

    /** As OpenAI's API has it. */
    record Error(String message, String type, String param, String code) {
    }
}
