package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.perk4j.formats.Json;
import org.perk4j.plugin.MissingPluginException;

/**
 * {@code /v1/jobs}: lists jobs, and submits one; {@code /v1/jobs/ID}: one job, which can be watched, cancelled, forgotten or
 * resumed.
 */
final class JobsServlet extends ApiServlet {

    private static final long serialVersionUID = 1;

    /** Clients that watch a job, each of which takes a thread of the server. */
    private static final int MOST_WATCHERS = 32;
    private static final int LOOK_MILLIS = 200;
    /** After so many looks without news, something is sent, to notice clients that have gone. */
    private static final int QUIET_LOOKS = 50;

    private final transient Jobs jobs;
    private final transient Semaphore watchers = new Semaphore(MOST_WATCHERS);
    private volatile boolean gone;

    JobsServlet(Settings settings, Jobs jobs) {
        super(settings);
        this.jobs = jobs;
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws ApiException, IOException, SQLException {
        String path = request.getPathInfo();
        if (path == null || path.equals("/")) {
            switch (request.getMethod()) {
                case "GET" -> respond(response, HttpServletResponse.SC_OK,
                        Map.of("jobs", jobs.all().stream().map(AnyJob::described).toList()));
                case "POST" -> submit(request, response);
                default -> throw ApiException.notAllowed(request.getMethod(), request.getRequestURI());
            }
            return;
        }
        String[] parts = path.substring(1).split("/", 2);
        Place<?> place = place(parts[0]);
        if (parts.length == 2) {
            act(parts[1], place, request, response);
            return;
        }
        switch (request.getMethod()) {
            case "GET" -> respond(response, HttpServletResponse.SC_OK, place.job.described());
            case "DELETE" -> delete(place, response);
            default -> throw ApiException.notAllowed(request.getMethod(), request.getRequestURI());
        }
    }

    /** A job in its queue. */
    private record Place<J extends AnyJob>(JobQueue<J> queue, J job) {

        static <J extends AnyJob> Optional<Place<J>> of(JobQueue<J> queue, String id) {
            return queue.find(id).map(job -> new Place<>(queue, job));
        }

        Optional<Place<J>> now() {
            return of(queue, job.id());
        }

        J cancel() throws IOException, SQLException {
            return queue.cancel(job);
        }

        J resume(Deadline deadline) throws ApiException, IOException, SQLException {
            return queue.resume(job, deadline);
        }

        void forget() throws IOException, SQLException {
            queue.forget(job);
        }
    }

    private Place<?> place(String id) throws ApiException {
        for (JobQueue<?> queue : jobs.queues()) {
            Optional<? extends Place<?>> place = Place.of(queue, id);
            if (place.isPresent()) {
                return place.get();
            }
        }
        throw ApiException.notFound("job_not_found", "there is no job " + id + "; GET /v1/jobs lists all");
    }

    private void submit(HttpServletRequest request, HttpServletResponse response)
            throws ApiException, IOException, SQLException {
        String body = Request.json(request, settings().maxBody());
        AnyJob job;
        try {
            job = jobs.submit(asked(body), UUID.randomUUID().toString(), true, Deadline.of(request));
        } catch (MissingPluginException e) {
            throw e; // nothing is wrong with the job
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("job", e.getMessage());
        }
        response.setHeader("Location", "/v1/jobs/" + job.id());
        respond(response, HttpServletResponse.SC_ACCEPTED, job.described());
    }

    private static JobRequest asked(String body) throws ApiException {
        try {
            return JobRequest.of(body);
        } catch (IOException e) {
            throw ApiException.invalid(null, "the request's body: " + e.getMessage());
        }
    }

    private void act(String action, Place<?> place, HttpServletRequest request, HttpServletResponse response)
            throws ApiException, IOException, SQLException {
        requireMethod(request, List.of("cancel", "resume").contains(action) ? "POST" : "GET");
        switch (action) {
            case "cancel" -> cancel(place, response);
            case "resume" -> respond(response, HttpServletResponse.SC_ACCEPTED,
                    place.resume(Deadline.of(request)).described());
            case "events" -> watch(place, response);
            case "curve" -> respond(response, HttpServletResponse.SC_OK, Map.of("steps", jobs.runs().curve(run(place))));
            case "results" -> respond(response, HttpServletResponse.SC_OK, jobs.runs().results(run(place)));
            default -> throw ApiException.notFound("unknown_url", "a job has no " + action
                    + ", only cancel, resume, events, curve and results");
        }
    }

    private static RunJob run(Place<?> place) throws ApiException {
        if (place.job instanceof RunJob run) {
            return run;
        }
        throw ApiException.notFound("no_curve", "the job " + place.job.id() + " encodes a text: GET /v1/jobs/"
                + place.job.id() + " has its losses");
    }

    private static void delete(Place<?> place, HttpServletResponse response)
            throws ApiException, IOException, SQLException {
        if (place.job.ended()) {
            place.forget();
            respond(response, HttpServletResponse.SC_OK, Map.of("id", place.job.id(), "deleted", true));
        } else {
            cancel(place, response);
        }
    }

    private static void cancel(Place<?> place, HttpServletResponse response)
            throws ApiException, IOException, SQLException {
        if (place.job.ended()) {
            throw ApiException.conflict("the job " + place.job.id() + " has ended already");
        }
        respond(response, HttpServletResponse.SC_ACCEPTED, place.cancel().described());
    }

    /** Streams a job's progress until it has ended. */
    private void watch(Place<?> place, HttpServletResponse response) throws ApiException, IOException {
        if (!watchers.tryAcquire()) {
            throw ApiException.tooMany();
        }
        try {
            response.setContentType("text/event-stream");
            response.setCharacterEncoding("UTF-8");
            response.setHeader("Cache-Control", "no-cache");
            PrintWriter events = response.getWriter();
            Map<String, Object> told = Map.of();
            int quiet = 0;
            Optional<? extends Place<?>> now = Optional.of(place);
            while (now.isPresent() && !gone) {
                Map<String, Object> described = now.get().job().described();
                if (!described.equals(told)) {
                    send(events, "data: " + Json.writeLine(described));
                    told = described;
                    quiet = 0;
                } else if (++quiet % QUIET_LOOKS == 0) {
                    send(events, ": nothing new");
                }
                if (now.get().job().ended()) {
                    break;
                }
                Thread.sleep(LOOK_MILLIS);
                now = now.get().now();
            }
            send(events, "data: [DONE]");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the server ends
        } finally {
            watchers.release();
        }
    }

    private static void send(PrintWriter events, String event) {
        events.write(event + "\n\n");
        if (events.checkError()) {
            throw new ClientGoneException();
        }
    }

    @Override
    public void destroy() {
        gone = true;
    }
}
