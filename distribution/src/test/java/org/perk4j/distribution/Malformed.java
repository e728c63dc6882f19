package org.perk4j.distribution;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.perk4j.formats.Json;

/** Requests that no service should take, drawn at random, as the bytes that a client sends. */
final class Malformed {

    private static final List<String> METHODS = List.of("PUT", "TRACE", "FOO", "get", "PROPFIND", "POST POST", "");
    private static final List<String> PATHS = List.of("/v1/completions", "/v1/chat/completions", "/v1/ask", "/v1/memories",
            "/v1/memories/none", "/v1/memories/none/append", "/v1/models", "/v1/jobs", "/v1/jobs/none", "/v1/plugins",
            "/v1/plugins/none/start", "/health", "/ready", "/metrics", "/openapi.yaml", "/", "/page/page.js", "/none");
    private static final List<String> POSTED = List.of("/v1/completions", "/v1/chat/completions", "/v1/ask", "/v1/memories");
    private static final List<String> TRAVERSALS = List.of("/page/../../../../etc/passwd", "/page/%2e%2e/%2e%2e/etc/passwd",
            "/page/..%2f..%2fetc%2fpasswd", "/page/....//....//etc/passwd", "/page/%00", "/v1/memories/..%2f..%2fregistry",
            "/v1/memories/%2e%2e/export", "/v1/memories/a%00b/export", "/page/..;/..;/etc/passwd", "/page\\..\\..\\etc",
            "//etc/passwd", "/v1/jobs/%c0%ae%c0%ae", "/page/%zz", "/%ff%fe", "/page/%252e%252e%252fetc");
    private static final List<String> NUMBERS = List.of("1e400", "-1e400", "99999999999999999999999", "-1", "0", "0.5",
            "NaN", "Infinity", "0x10", "1e", "01", "1".repeat(5_000), "-", "1e-400000000");
    private static final List<String> WRONG =
            List.of("null", "true", "[]", "{}", "[[]]", "[null]", "[1]", "7", "{\"a\": 1}");

    private final Random random;
    private final List<Supplier<byte[]>> kinds = List.of(this::bytes, this::header, this::cut, this::wrongType, this::number,
            this::deep, this::notUtf8, this::type, this::method, this::traversal, this::framing, this::many, this::archive,
            this::query, this::tooLong);

    Malformed(long seed) {
        this.random = new Random(seed);
    }

    byte[] next() {
        return kinds.get(random.nextInt(kinds.size())).get();
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private byte[] drawn(int most) {
        byte[] bytes = new byte[random.nextInt(1, most)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] post(String path, String type, byte[] body) {
        return joined(text("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + type
                + "\r\nContent-Length: " + body.length + "\r\n\r\n"), body);
    }

    private static byte[] post(String path, String body) {
        return post(path, "application/json", text(body));
    }

    /** @return what would be right, were it not for what is done to it */
    private Map<String, Object> right(String path) {
        Map<String, Object> right = new LinkedHashMap<>();
        switch (path) {
            case "/v1/completions" -> right.putAll(Map.of("model", "base", "prompt", "a", "max_tokens", 1));
            case "/v1/chat/completions" -> right.putAll(Map.of("model", "base", "max_tokens", 1, "messages",
                    List.of(Map.of("role", "user", "content", "a"))));
            case "/v1/ask" -> right.putAll(Map.of("memories", List.of("none"), "questions", List.of("a"), "max_tokens", 1));
            default -> right.putAll(Map.of("name", "none", "text", "a"));
        }
        return right;
    }

    private byte[] bytes() {
        return drawn(600);
    }

    private byte[] header() {
        return joined(text("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\0"), drawn(200), text("\r\n\r\n"));
    }

    private byte[] cut() {
        String path = any(POSTED);
        byte[] whole = text(Json.writeLine(right(path)));
        byte[] cut = new byte[random.nextInt(whole.length)];
        System.arraycopy(whole, 0, cut, 0, cut.length);
        return post(path, "application/json", cut);
    }

    private byte[] wrongType() {
        String path = any(POSTED);
        Map<String, Object> right = right(path);
        List<String> names = new ArrayList<>(right.keySet());
        names.remove("max_tokens");
        String name = any(names);
        right.put(name, "@");
        return post(path, Json.writeLine(right).replace("\"@\"", any(WRONG)));
    }

    private byte[] number() {
        String path = any(List.of("/v1/completions", "/v1/chat/completions", "/v1/ask"));
        Map<String, Object> right = right(path);
        right.put(any(List.of("max_tokens", "max_completion_tokens")), "@");
        return post(path, Json.writeLine(right).replace("\"@\"", any(NUMBERS)));
    }

    private byte[] deep() {
        int depth = random.nextInt(101, 50_000);
        String open = any(List.of("[", "{\"a\":", "[{\"a\":["));
        return post(any(POSTED), "{\"model\": " + open.repeat(depth));
    }

    private byte[] notUtf8() {
        byte[] odd = any(List.of(new byte[] {(byte) 0xC0, (byte) 0xAE}, new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                new byte[] {(byte) 0xF8, (byte) 0x88, (byte) 0x80, (byte) 0x80}, new byte[] {(byte) 0xFF},
                new byte[] {(byte) 0xE2, (byte) 0x82}, new byte[] {0}, new byte[] {0x1B}));
        return post(any(POSTED), "application/json",
                joined(text("{\"model\": \"base\", \"name\": \"a\", \"prompt\": \"a"), odd, text("\"}")));
    }

    /** Of a file that isn't one, and of JSON that isn't any. */
    private byte[] type() {
        return post(any(List.of("/v1/memories?name=none", "/v1/plugins", "/v1/completions")),
                any(List.of("application/zip", "application/java-archive", "multipart/form-data; boundary=a", "a",
                        "text/xml", "application/json; charset=no-such", "application/x-www-form-urlencoded", "\"", "/;=")),
                joined(text("<"), drawn(100)));
    }

    private byte[] method() {
        return text(any(METHODS) + " " + any(PATHS) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    private byte[] traversal() {
        return text(any(List.of("GET", "DELETE", "POST")) + " " + any(TRAVERSALS)
                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    /** Lengths that are none, or not those of the body. */
    private byte[] framing() {
        return text("POST " + any(POSTED) + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + any(List.of("Content-Length: -1\r\n\r\n{}", "Content-Length: a\r\n\r\n{}",
                        "Content-Length: 99999999999999999999\r\n\r\n{}", "Content-Length: 50\r\n\r\n{",
                        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
                        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
                        "Transfer-Encoding: chunked\r\n\r\n2\r\n{",
                        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}", "Transfer-Encoding: a\r\n\r\n{}",
                        "Content-Length: 2\r\nExpect: a\r\n\r\n{}", "Content-Length: 999999999\r\n\r\n{}")));
    }

    private byte[] many() {
        String value = any(List.of("1,", "[],", "{},", "\"\",", "null,"));
        return post(any(POSTED), "{\"messages\": [" + value.repeat(random.nextInt(200_000)) + "1]}");
    }

    private byte[] archive() {
        boolean jar = random.nextBoolean();
        return post(jar ? "/v1/plugins" : "/v1/memories?name=none", jar ? "application/java-archive" : "application/zip",
                joined(text(random.nextBoolean() ? "PK\003\004" : ""), drawn(2_000)));
    }

    private byte[] query() {
        return post("/v1/memories?" + any(List.of("name=%zz", "name=%ff%fe", "name=..%2f..%2fa", "name=", "name=%00", "%",
                "name=a&text=%", "name=" + "a".repeat(101))), "text/plain", text("a"));
    }

    private byte[] tooLong() {
        String much = "a".repeat(random.nextInt(20_000, 40_000));
        return text(any(List.of("GET /" + much + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + much + "\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: localhost\r\n" + "X: a\r\n".repeat(10_000) + "\r\n", much,
                "GET / HTTP/1.1\r\nHost: " + much + "\r\n\r\n")));
    }
}
