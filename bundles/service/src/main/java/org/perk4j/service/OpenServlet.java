package org.perk4j.service;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Answers GET requests, without asking for a key. */
abstract class OpenServlet extends HttpServlet {

    private static final long serialVersionUID = 1;

    /** The server itself leaves out the body for HEAD. */
    abstract void tell(HttpServletRequest request, HttpServletResponse response) throws IOException;

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getMethod().equals("GET") || request.getMethod().equals("HEAD")) {
            tell(request, response);
        } else {
            ApiException none = ApiException.notAllowed(request.getMethod(), request.getRequestURI());
            ApiServlet.respond(response, none.status(), none.body());
        }
    }
}
