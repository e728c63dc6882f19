package org.perk4j.distribution;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.perk4j.formats.Json;

/** {@code perk serve} of an installation, in a process of its own, and a client of it. */
final class Served implements AutoCloseable {

    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(2);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path err;
    private final Process process;
    private final BufferedReader out;
    private final Map<String, Object> started;

    /** @param folder for its data and what it says on standard error */
    Served(Path installation, Path folder, Map<String, String> environment, String... options) throws IOException {
        err = folder.resolve("err");
        List<String> command = new ArrayList<>(List.of(installation.resolve("bin/perk").toString(), "serve", "--port", "0",
                "--json", "--data", folder.resolve("data").toString()));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().putAll(environment);
        process = builder.start();
        out = process.inputReader();
        started = started();
    }

    /** Lines before it are those of a log. */
    private Map<String, Object> started() throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Map<String, Object> object = Json.parseObject(line);
            if (object.containsKey("address")) {
                return object;
            }
        }
        throw new AssertionError("it ended: " + err());
    }

    /** @return the name of its base */
    String model() {
        return (String) started.get("model");
    }

    URI address() {
        return URI.create((String) started.get("address"));
    }

    HttpClient client() {
        return client;
    }

    /** @return the lines that come at standard output after the first */
    BufferedReader out() {
        return out;
    }

    /** Ends it by SIGTERM. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new AssertionError("it doesn't end in order: " + err());
        }
    }

    /**
     * Copies the distribution, with some of its bundles as plugins that can be replaced.
     *
     * @param plugins the bundles' names
     */
    static Path installation(Path target, List<String> plugins) throws IOException {
        Perk.copy(target);
        for (String plugin : plugins) {
            Path jar = jar(target.resolve("bundles"), plugin);
            Files.move(jar, target.resolve("plugins").resolve(jar.getFileName()));
        }
        return target;
    }

    /** @return the jar of a bundle */
    static Path jar(Path folder, String bundle) throws IOException {
        try (Stream<Path> jars = Files.list(folder)) {
            return jars.filter(jar -> jar.getFileName().toString().matches(bundle.replace(".", "\\.") + "-\\d.*\\.jar"))
                    .findFirst().orElseThrow(() -> new AssertionError("no " + bundle + " in " + folder));
        }
    }

    /** Puts a jar anew into the folder of plugins, as a whole. */
    static void replace(Path jar) throws IOException {
        Path copy = Files.copy(jar, jar.resolveSibling(jar.getFileName() + ".part"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(copy, jar, StandardCopyOption.ATOMIC_MOVE);
    }

    /** @return the number of its process */
    long pid() {
        return process.pid();
    }

    String err() {
        try {
            return Files.readString(err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @return how many lines of the log have that text */
    long said(String text) {
        return err().lines().filter(line -> line.contains(text)).count();
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(address().resolve(path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(to(path));
    }

    HttpResponse<String> post(String path, Object body) throws IOException, InterruptedException {
        return send(to(path).POST(HttpRequest.BodyPublishers.ofString(Json.write(body))));
    }

    /** @return what the model writes after a text */
    HttpResponse<String> complete(String model, String prompt, int tokens) throws IOException, InterruptedException {
        return post("/v1/completions", Map.of("model", model, "prompt", prompt, "max_tokens", tokens));
    }

    /** @return what was written */
    static String text(HttpResponse<String> completion) throws IOException {
        if (completion.statusCode() != 200) {
            throw new AssertionError(completion.statusCode() + " " + completion.body());
        }
        return (String) ((Map<?, ?>) ((List<?>) Json.parseObject(completion.body()).get("choices")).get(0)).get("text");
    }

    /** Encodes a text, to the end. */
    Map<String, Object> encode(String name, String text) throws IOException, InterruptedException {
        Map<String, Object> job = tryToEncode(name, text);
        if (!job.containsKey("state")) {
            throw new AssertionError(job);
        }
        return job;
    }

    /** @return the job as it ended, or what was answered instead */
    Map<String, Object> tryToEncode(String name, String text) throws IOException, InterruptedException {
        HttpResponse<String> accepted =
                post("/v1/memories", Map.of("name", name, "text", text, "replace", true, "force", true));
        if (accepted.statusCode() != 202) {
            return Json.parseObject(accepted.body());
        }
        String job = accepted.headers().firstValue("Location").orElseThrow();
        Map<String, Object> state = Json.parseObject(get(job).body());
        while (List.of("QUEUED", "RUNNING").contains(state.get("state"))) {
            Thread.sleep(50);
            state = Json.parseObject(get(job).body());
        }
        return state;
    }

    /** Waits until something is so. */
    void await(String what, Callable<Boolean> question) throws Exception {
        long begin = System.nanoTime();
        while (!question.call()) {
            if (System.nanoTime() - begin > PATIENCE_NANOS || !process.isAlive()) {
                throw new AssertionError("never came: " + what + "; the log: " + err());
            }
            Thread.sleep(50);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
