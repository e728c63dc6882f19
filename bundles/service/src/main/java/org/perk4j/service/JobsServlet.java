package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;

/** {@code /v1/jobs}: the texts that are encoded or were; {@code /v1/jobs/ID}: one of them. */
final class JobsServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    private final transient EncodingJobs jobs;

    JobsServlet(Serving serving) {
        super(serving.settings());
        this.jobs = serving.jobs();
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException {
        requireMethod(request, "GET");
        String path = request.getPathInfo();
        if (path == null || path.equals("/")) {
            respond(response, HttpServletResponse.SC_OK, Map.of("jobs", jobs.all()));
            return;
        }
        respond(response, HttpServletResponse.SC_OK, jobs.find(path.substring(1))
                .orElseThrow(() -> ApiException.notFound("job_not_found", "there is no job " + path.substring(1))));
    }
}
