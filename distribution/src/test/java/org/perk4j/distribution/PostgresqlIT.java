package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.formats.Json;

/** {@code perk serve} with a PostgreSQL server, which goes away and comes back. */
class PostgresqlIT {

    @TempDir
    private Path folder;

    private EmbeddedPostgres server(int port) throws IOException {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder().setDataDirectory(folder.resolve("postgresql"))
                .setCleanDataDirectory(false);
        return (port == 0 ? builder : builder.setPort(port)).start();
    }

    @Test
    void answersGoOnWhileTheDatabaseIsAway() throws Exception {
        int port;
        Map<String, String> environment;
        try (EmbeddedPostgres server = server(0)) {
            port = server.getPort();
            environment = Map.of("PERK_DATABASE", server.getJdbcUrl("postgres", "postgres"));
            try (Served served = new Served(Perk.INSTALLATION, folder, environment)) {
                assertEquals("DONE", served.encode("one", SixStudents.records(0, 1, 0)).get("state"));
            } // killed
        }
        Perk without = Perk.run(Perk.INSTALLATION, environment, "serve", "--port", "0",
                "--data", folder.resolve("data").toString());
        assertEquals(1, without.exitCode());
        assertTrue(without.err().contains("the database can't be used"), without.err());

        EmbeddedPostgres server = server(port);
        try (Served served = new Served(Perk.INSTALLATION, folder, environment)) {
            String answer = Served.text(served.complete("base:one", "Student Id:", 4));
            server.close();
            assertEquals(answer, Served.text(served.complete("base:one", "Student Id:", 4)));
            assertEquals(503, served.post("/v1/memories", Map.of("name", "two", "text", "Another text.")).statusCode());
            assertEquals(1, ((List<?>) Json.parseObject(served.get("/v1/memories").body()).get("memories")).size());
            server = server(port);
            served.await("the database's return", () -> served.post("/v1/memories",
                    Map.of("name", "two", "text", "Another text.", "force", true)).statusCode() == 202);
            served.await("the end of the job", () -> served.get("/v1/memories/two").statusCode() == 200);
        } finally {
            server.close();
        }
    }
}
