package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** {@code perk serve}, and clients that don't do as they should: all others are answered as if they weren't there. */
class FaultsIT {

    /** How many malformed requests are sent: -Dperk.malformed=10000 for more. */
    private static final int MALFORMED = Integer.getInteger("perk.malformed", 2_000);
    private static final long SEED = Long.getLong("perk.malformed.seed", System.nanoTime());
    private static final int PATIENCE_MILLIS = 60_000;
    /** How much the heap may grow for other reasons: it would take a leak of 5 KB for each request. */
    private static final long SETTLING_BYTES = 5_000_000;
    /** Long enough that what a client doesn't read fills what there is between it and the service. */
    private static final String LONG_NAME = "base" + "-and-so-on".repeat(2_000);

    @TempDir
    private Path folder;

    private static void requireRight(Served served) throws Exception {
        assertEquals(200, served.complete(served.model(), "a", 1).statusCode());
    }

    /** @return how many questions are being answered */
    private static double active(Served served) throws Exception {
        return served.get("/metrics").body().lines().filter(line -> line.startsWith("perk_answers_active "))
                .mapToDouble(line -> Double.parseDouble(line.split(" ")[1])).sum();
    }

    private static Socket connected(Served served) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(2_048);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(served.address().getHost(), served.address().getPort()));
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A client that asks so often, one question after the other, and reads no answer yet. */
    private static Socket streaming(Served served, int questions) throws IOException {
        String body = Json.writeLine(Map.of("model", served.model(), "stream", true, "max_tokens", 5_000, "temperature", 1.5,
                "seed", 3, "prompt", "Student Id:"));
        Socket socket = connected(served);
        send(socket, ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body).repeat(questions));
        return socket;
    }

    @Test
    void whoNeverReadsLosesHisPlace() throws Exception {
        try (Served served = new Served(Perk.INSTALLATION, folder, Map.of(), "--name", LONG_NAME, "--max-requests", "2",
                "--max-seconds", "5"); Socket deaf = streaming(served, 200)) { // more than sockets hold on their way
            served.await("the answer begins", () -> active(served) == 1);
            requireRight(served);
            served.await("the answer is ended",
                    () -> served.said("the client closed the connection") + served.said("took longer") == 1);
            served.await("the place is given to others", () -> active(served) == 0);
            requireRight(served);
        }
    }

    @Test
    void whoGoesAwayLosesHisPlace() throws Exception {
        try (Served served = new Served(Perk.INSTALLATION, folder, Map.of(), "--name", LONG_NAME, "--max-requests", "1")) {
            try (Socket gone = streaming(served, 1)) {
                assertEquals('H', gone.getInputStream().read());
                gone.setSoLinger(true, 0);
            }
            served.await("the answer ends", () -> served.said("the client closed the connection") == 1);
            served.await("the place is free", () -> active(served) == 0);
            requireRight(served);
        }
    }

    @Test
    void whoSendsSlowlyKeepsNobodyWaiting() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try (Served served = new Served(Perk.INSTALLATION, folder, Map.of(), "--max-seconds", "10")) {
            for (int i = 0; i < 60; i++) {
                slow.add(connected(served));
                send(slow.get(2 * i), "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: ");
                slow.add(connected(served));
                send(slow.get(2 * i + 1),
                        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{");
            }
            served.await("who sends a body slowly is told so", () -> {
                requireRight(served);
                for (Socket socket : slow) {
                    trickle(socket);
                }
                return served.said("the request's body arrives too slowly") == 60;
            });
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    private static void trickle(Socket socket) {
        try {
            send(socket, "a");
        } catch (IOException e) {
            // the service has closed it
        }
    }

    @Test
    void whatIsNoRequestIsRefused() throws Exception {
        try (Served served = new Served(Perk.INSTALLATION, folder, Map.of(), "--max-body", "1000000")) {
            assertEquals("DONE", served.encode("memory", SixStudents.records(0, 1, 0)).get("state"));
            String answer = Served.text(served.complete("base:memory", SixStudents.question(0), 8));
            Malformed malformed = new Malformed(SEED);
            Map<String, Integer> outcomes = new TreeMap<>();
            refuse(served, malformed, MALFORMED / 2, outcomes);
            Held before = Held.by(served);
            refuse(served, malformed, MALFORMED / 2, outcomes);
            Held after = Held.by(served);
            System.out.println(MALFORMED + " malformed requests: " + outcomes + "; " + before + ", then " + after);
            assertTrue(outcomes.getOrDefault("closed", 0) < MALFORMED / 2, "most are told what is wrong");
            assertEquals(answer, Served.text(served.complete("base:memory", SixStudents.question(0), 8)));
            assertEquals(1, ((List<?>) Json.parseObject(served.get("/v1/memories").body()).get("memories")).size());
            assertEquals(0, served.said("ERROR"), served::err);
            assertTrue(after.threads() <= before.threads() + 8, () -> "threads: " + before + ", then " + after);
            assertTrue(after.heap() <= before.heap() + SETTLING_BYTES, () -> "the heap: " + before + ", then " + after);
        }
    }

    private static void refuse(Served served, Malformed malformed, int count, Map<String, Integer> outcomes)
            throws IOException {
        for (int i = 0; i < count; i++) {
            byte[] request = malformed.next();
            outcomes.merge(refused(served, request), 1, Integer::sum);
        }
    }

    /** @return what came of it: a status, or nothing, if the connection was closed */
    private static String refused(Served served, byte[] request) throws IOException {
        String response;
        try (Socket socket = new Socket(served.address().getHost(), served.address().getPort())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(request);
            socket.shutdownOutput();
            response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (SocketException e) {
            return "closed"; // before all was sent or read
        }
        if (response.isEmpty()) {
            return "closed";
        }
        String asked = HexFormat.of().formatHex(request, 0, Math.min(request.length, 2_000)) + ", seed " + SEED + ":\n"
                + new String(request, 0, Math.min(request.length, 2_000), StandardCharsets.ISO_8859_1) + "\n" + response;
        assertTrue(response.startsWith("HTTP/1.1 4"), asked);
        assertFalse(response.contains("\tat ") || response.contains("Exception"), asked);
        int body = response.indexOf("{");
        assertTrue(body > 0, asked);
        Map<?, ?> error = (Map<?, ?>) Json.parseObject(body(response)).get("error");
        assertTrue(error.get("message") instanceof String && error.get("type") instanceof String, asked);
        return response.substring(9, 12);
    }

    private static String body(String response) {
        String body = response.substring(response.indexOf("\r\n\r\n") + 4);
        return body.substring(body.indexOf('{'), body.lastIndexOf('}') + 1); // without the lengths of its chunks
    }
}
