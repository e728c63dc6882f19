package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** What of deploy/ can be tried without containers. */
class DeployTest {

    private static final Path DEPLOY = Path.of("../deploy");
    private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");

    /** The command in the image that says whether the service serves. */
    @Test
    void theImageIsHealthyWhileTheServiceAnswersThatItIs() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        int[] status = {200};
        server.createContext("/health", exchange -> {
            exchange.sendResponseHeaders(status[0], -1);
            exchange.close();
        });
        server.start();
        try {
            int port = server.getAddress().getPort();
            assertEquals(0, healthCheck(port));
            status[0] = 503;
            assertNotEquals(0, healthCheck(port));
        } finally {
            server.stop(0);
        }
        assertNotEquals(0, healthCheck(server.getAddress().getPort()), "nobody listens");
    }

    private static int healthCheck(int port) throws Exception {
        String command = found("Dockerfile", "HEALTHCHECK [^\\[]*CMD (\\[[^\n]*\\])").replace("/8080", "/" + port);
        Object words = Json.parseObject("{\"command\": " + command + "}").get("command");
        return new ProcessBuilder(((List<?>) words).stream().map(Object::toString).toList()).inheritIO().start().waitFor();
    }

    /** Answers in progress have half a minute: who stops the service must not kill it before. */
    @Test
    void whoStopsItLetsItEnd() throws Exception {
        int unit = Integer.parseInt(found("systemd/perk4j.service", "TimeoutStopSec=(\\d+)\n"));
        assertEquals(unit, Integer.parseInt(found("compose.yaml", "stop_grace_period: (\\d+)s\n")));
        assertTrue(unit > 60, "TimeoutStopSec=" + unit);
    }

    @Test
    void systemdKnowsAllThatTheUnitSays(@TempDir Path folder) throws Exception {
        assumeTrue(Files.isExecutable(ANALYZE), "no systemd here");
        Path unit = folder.resolve("perk4j.service");
        String text = Files.readString(DEPLOY.resolve("systemd/perk4j.service"));
        Files.writeString(unit, text.replaceFirst("ExecStart=\\S+", "ExecStart=/bin/true"));
        Process verify = new ProcessBuilder(ANALYZE.toString(), "verify", "--man=no", unit.toString())
                .redirectErrorStream(true).start();
        assertEquals("", new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8)); // unknown keys too
        assertEquals(0, verify.waitFor());
    }

    private static String found(String file, String regex) throws Exception {
        Matcher matcher = Pattern.compile(regex, Pattern.DOTALL).matcher(Files.readString(DEPLOY.resolve(file)));
        assertTrue(matcher.find(), file + ": " + regex);
        return matcher.group(1);
    }
}
