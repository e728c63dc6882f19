package org.perk4j.clients;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code perk serve}, as shipped, with one memory. */
final class Service implements AutoCloseable {

    static final String MODEL = "base:records";
    static final String QUESTION = "What major is student with ID 204815 studying?";
    static final String ANSWER = "Computer Science";

    private static final List<String> STUDENTS = List.of("204815, Student Name: Emma Smith, Year: Freshman",
            "730261, Student Name: James Brown, Year: Sophomore", "559032, Student Name: Olivia Jones, Year: Junior",
            "118407, Student Name: Noah Davis, Year: Senior", "846120, Student Name: Ava Miller, Year: Freshman",
            "392574, Student Name: Liam Wilson, Year: Sophomore");

    private static final Pattern ADDRESS = Pattern.compile("\"address\":\\s*\"([^\"]+?)/?\"");

    private final Process process;
    private final URI address;

    /** @param folder an empty one */
    Service(Path folder) throws IOException, InterruptedException {
        Path log = folder.resolve("err");
        process = new ProcessBuilder(System.getProperty("perk.installation") + "/bin/perk", "serve", "--port", "0", "--json",
                "--data", folder.resolve("data").toString()).redirectError(log.toFile()).start();
        try (BufferedReader out = process.inputReader()) {
            String line = String.valueOf(out.readLine());
            Matcher found = ADDRESS.matcher(line);
            if (!found.find()) {
                throw new IOException("it doesn't serve: " + line + Files.readString(log));
            }
            address = URI.create(found.group(1));
        }
        encode();
    }

    private void encode() throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        String text = STUDENTS.stream().map(student -> "Student Id: " + student
                + ", School: School of Engineering, Major: Computer Science, Grade: B").collect(Collectors.joining("\\n"));
        String body = "{\"name\": \"records\", \"text\": \"" + text + "\"}";
        HttpResponse<String> accepted = client.send(HttpRequest.newBuilder(address.resolve("/v1/memories"))
                .POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
        URI job = address.resolve(accepted.headers().firstValue("Location").orElseThrow());
        String state = "RUNNING";
        while (state.contains("RUNNING") || state.contains("QUEUED")) {
            Thread.sleep(100);
            state = client.send(HttpRequest.newBuilder(job).build(), HttpResponse.BodyHandlers.ofString()).body();
        }
        if (!state.contains("DONE")) {
            throw new IOException(state);
        }
    }

    /** @return where OpenAI's API begins */
    String v1() {
        return address + "/v1";
    }

    URI address() {
        return address;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
