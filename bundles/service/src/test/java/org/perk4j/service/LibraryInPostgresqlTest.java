package org.perk4j.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same with a PostgreSQL server, which may go away. */
class LibraryInPostgresqlTest extends LibraryTest {

    private static EmbeddedPostgres server;
    private final String schema = "s" + UUID.randomUUID().toString().replace("-", "");

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder().start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @Override
    Database database(Path file) throws Exception {
        administer("create schema if not exists " + schema);
        return new Database(new org.postgresql.Driver(),
                server.getJdbcUrl("postgres", "postgres") + "&currentSchema=" + schema, Optional.empty());
    }

    private static void administer(String statement) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement does = connection.createStatement()) {
            does.execute(statement);
        }
    }

    @Test
    void aConnectionThatWasLostIsMadeAnew() throws Exception {
        Database database = database(null);
        assertEquals(1, database.<Integer>transaction(connection -> 1));
        administer("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()");
        assertThrows(SQLException.class, () -> select(database)); // not a second ago it was there
        assertEquals(1, select(database));
        database.close();
    }

    private static int select(Database database) throws SQLException {
        return database.transaction(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute("select 1") ? 1 : 0;
            }
        });
    }
}
