package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Map;

/**
 * {@code /v1/jobs}: the texts that are encoded or were; {@code /v1/jobs/ID}: one of them, which can be cancelled, forgotten
 * or resumed.
 */
final class JobsServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    private static final String RESUME = "/resume";

    private final transient EncodingJobs jobs;

    JobsServlet(Serving serving) {
        super(serving.settings());
        this.jobs = serving.jobs();
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException, SQLException {
        String path = request.getPathInfo();
        if (path == null || path.equals("/")) {
            requireMethod(request, "GET");
            respond(response, HttpServletResponse.SC_OK, Map.of("jobs", jobs.all().stream().map(Job::described).toList()));
            return;
        }
        if (path.endsWith(RESUME)) {
            requireMethod(request, "POST");
            Job job = job(path.substring(1, path.length() - RESUME.length()));
            respond(response, HttpServletResponse.SC_ACCEPTED, jobs.resume(job).described());
            return;
        }
        Job job = job(path.substring(1));
        switch (request.getMethod()) {
            case "GET" -> respond(response, HttpServletResponse.SC_OK, job.described());
            case "DELETE" -> delete(job, response);
            default -> throw ApiException.notAllowed(request.getMethod(), request.getRequestURI());
        }
    }

    private Job job(String id) throws ApiException {
        return jobs.find(id).orElseThrow(() -> ApiException.notFound("job_not_found", "there is no job " + id));
    }

    private void delete(Job job, HttpServletResponse response) throws IOException, SQLException {
        if (job.ended()) {
            jobs.forget(job);
            respond(response, HttpServletResponse.SC_OK, Map.of("id", job.id(), "deleted", true));
        } else {
            respond(response, HttpServletResponse.SC_ACCEPTED, jobs.cancel(job).described());
        }
    }
}
