package org.perk4j.commands;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.stream.Stream;
import org.perk4j.formats.Json;
import picocli.CommandLine.Option;

/** A service that runs, in another process or on another machine. Mixed into each command that asks one. */
final class RunningService {

    private static final String EVENT = "data: ";
    private static final String LAST = "[DONE]";
    private static final int UNAUTHORIZED = 401;

    @Option(names = "--service", paramLabel = "URL", defaultValue = "http://127.0.0.1:8080/",
            description = "Where 'perk serve' listens; if it demands a key, that is in the environment as "
                    + ServeCommand.KEY + ". Default: ${DEFAULT-VALUE}.")
    private URI service;

    /** @return what it answers to GET */
    Map<String, Object> get(String path) throws IOException, InterruptedException {
        return object(request(path).GET());
    }

    /** @return what it answers to POST */
    Map<String, Object> post(String path, Object body) throws IOException, InterruptedException {
        return object(request(path).POST(HttpRequest.BodyPublishers.ofString(Json.write(body))));
    }

    /**
     * @return the data of the events that it sends, until the last, as they come
     * @throws IOException if it doesn't answer, or refuses
     */
    Stream<String> events(String path) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> response = sent(request(path).GET(), HttpResponse.BodyHandlers.ofLines());
        if (response.statusCode() >= 400) {
            throw refused(response.statusCode(), String.join("\n", response.body().toList()));
        }
        return response.body().filter(line -> line.startsWith(EVENT)).map(line -> line.substring(EVENT.length()))
                .takeWhile(data -> !data.equals(LAST));
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(service.resolve(path));
        String key = System.getenv().getOrDefault(ServeCommand.KEY, "");
        return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
    }

    private Map<String, Object> object(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = sent(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 400) {
            throw refused(response.statusCode(), response.body());
        }
        return Json.parseObject(response.body());
    }

    private <T> HttpResponse<T> sent(HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        try {
            return HttpClient.newHttpClient().send(request.build(), handler);
        } catch (ConnectException e) {
            throw new IOException("no service listens at " + service
                    + ": start it by 'perk serve', or name its address by --service", e);
        }
    }

    private IOException refused(int status, String body) {
        String told;
        try {
            told = Json.parseObject(body).get("error") instanceof Map<?, ?> error ? String.valueOf(error.get("message"))
                    : body;
        } catch (IOException e) {
            told = status + " " + body; // it isn't Perk4J that listens there
        }
        return new IOException(service + ": " + told
                + (status == UNAUTHORIZED ? "; it is taken from the environment, " + ServeCommand.KEY : ""));
    }
}
