package org.perk4j.service;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.commons.dbutils.QueryRunner;
import org.apache.commons.dbutils.handlers.ArrayListHandler;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.jdbc.DataSourceFactory;

/**
 * The database of a service: H2 in a file, or any that a bundle has a JDBC driver for. Transactions run one after the other
 * on one connection, which is opened again after it was lost. Thread-safe.
 *
 * <p>They run in a thread of their own, since H2 closes its file when a thread is interrupted in it.
 */
final class Database implements AutoCloseable {

    /** What H2's URLs begin with. */
    private static final String H2 = "jdbc:h2:";
    private static final List<String> H2_SERVERS = List.of(H2 + "tcp:", H2 + "ssl:");
    /** PostgreSQL's SQL state for a full disk. */
    private static final String DISK_FULL = "53100";
    private static final String POSTGRESQL = "jdbc:postgresql:";
    /** The current version of the schema. Each version has a script that upgrades from the one before. */
    private static final int SCHEMA = 1;
    /** A connection that was idle for longer may have been lost, so it is tested. */
    private static final Duration QUIET = Duration.ofSeconds(1);
    private static final int VALID_SECONDS = 5;

    private final Driver driver;
    private final String url;
    private final Optional<String> password;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread made = new Thread(work, "perk database");
        made.setDaemon(true);
        return made;
    });
    /** Used by that thread only, like the next field. */
    private Connection connection;
    private long last;

    /** @param password that H2 encrypts its file with */
    Database(Driver driver, String url, Optional<String> password) {
        this.driver = driver;
        this.url = url + (password.isEmpty() ? "" : ";CIPHER=AES");
        this.password = password;
    }

    /** The work of a transaction. */
    @FunctionalInterface
    interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    /** @return the URL of a database in {@code file}, to which H2 adds its suffix */
    static String embedded(Path file) {
        // Commits must outlive a killed process: by default H2 writes half a second later.
        return H2 + "file:" + file.toAbsolutePath().normalize().toString().replace(";", "\\;")
                + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;TRACE_LEVEL_FILE=0";
    }

    /**
     * @param context  whose framework has the drivers: services that a {@link DataSourceFactory} is
     * @param password that H2 encrypts its file with
     * @throws IOException if there is no driver for that URL
     */
    static Database of(BundleContext context, String url, Optional<String> password) throws IOException {
        try {
            for (ServiceReference<DataSourceFactory> reference
                    : context.getServiceReferences(DataSourceFactory.class, null)) {
                DataSourceFactory factory = context.getService(reference);
                Driver driver = factory == null ? null : factory.createDriver(null);
                if (driver != null && driver.acceptsURL(url)) {
                    return new Database(driver, url, password);
                }
            }
        } catch (SQLException | InvalidSyntaxException e) {
            throw new IOException("the database's driver can't be used: " + e.getMessage(), e);
        }
        throw new IOException("there is no JDBC driver for the URL of --database: use one that begins with " + H2 + " or "
                + POSTGRESQL + ", or put the bundle of a driver into plugins/");
    }

    /**
     * Makes the tables that are missing.
     *
     * @param data the id of the data folder that the rows describe
     * @throws SQLException if the database can't be reached, or belongs to another folder
     */
    void open(String data) throws SQLException {
        transaction(connected -> {
            QueryRunner runner = new QueryRunner();
            runner.update(connected, "create table if not exists perk4j (version int not null, data varchar(36) not null)");
            List<Object[]> found = runner.query(connected, "select version, data from perk4j",
                    new ArrayListHandler());
            int version = found.isEmpty() ? 0 : ((Number) found.get(0)[0]).intValue();
            if (version > SCHEMA) {
                throw new SQLException("the database was written by a later version of Perk4J: use that version, or "
                        + "another database");
            }
            if (!found.isEmpty() && !found.get(0)[1].equals(data)) {
                throw new SQLException("the database belongs to another --data folder: use another database");
            }
            for (int next = version + 1; next <= SCHEMA; next++) {
                for (String statement : script(next)) {
                    runner.update(connected, statement);
                }
            }
            if (found.isEmpty()) {
                runner.update(connected, "insert into perk4j (version, data) values (?, ?)", SCHEMA, data);
            } else if (version < SCHEMA) {
                runner.update(connected, "update perk4j set version = ?", SCHEMA);
            }
            return null;
        });
    }

    /** With two databases and one script per version, a migration library would cost more than it saves. */
    private static List<String> script(int version) throws SQLException {
        try (InputStream script = Database.class.getResourceAsStream("schema-" + version + ".sql")) {
            String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
            return Arrays.stream(text.replaceAll("(?m)^\\s*--.*$", "").split(";")).filter(one -> !one.isBlank()).toList();
        } catch (IOException e) {
            throw new SQLException("the schema can't be read", e);
        }
    }

    /**
     * @throws SQLException       if it failed; if connection or disk failed during the commit, it may have been committed
     * @throws NotStoredException if the disk failed
     */
    <T> T transaction(Work<T> work) throws SQLException {
        try {
            return CompletableFuture.supplyAsync(() -> {
                try {
                    return done(work);
                } catch (SQLException e) {
                    throw new CompletionException(told(e));
                }
            }, thread).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof SQLException failed) {
                throw failed;
            }
            throw e;
        }
    }

    private <T> T done(Work<T> work) throws SQLException {
        Connection connected = connected();
        boolean done = false;
        try {
            T result = work.in(connected);
            connected.commit();
            if (url.startsWith(H2)) {
                try (Statement statement = connected.createStatement()) {
                    statement.execute("checkpoint sync"); // to the disk, and not only to the operating system
                }
            }
            done = true;
            return result;
        } finally {
            last = System.nanoTime();
            if (!done) {
                undo();
            }
        }
    }

    /** @return a {@link NotStoredException} if the disk failed, else the argument */
    private SQLException told(SQLException e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        boolean isHere = url.startsWith(H2) && H2_SERVERS.stream().noneMatch(url::startsWith);
        return isHere && root instanceof IOException || DISK_FULL.equals(e.getSQLState())
                ? new NotStoredException(root.getMessage(), e) : e;
    }

    private Connection connected() throws SQLException {
        if (connection != null && System.nanoTime() - last > QUIET.toNanos() && !connection.isValid(VALID_SECONDS)) {
            drop();
        }
        if (connection == null) {
            Connection made = driver.connect(url, properties());
            made.setAutoCommit(false);
            connection = made;
        }
        return connection;
    }

    private Properties properties() {
        Properties properties = new Properties();
        password.ifPresent(secret -> properties.setProperty("password", secret + " ")); // the user's follows, who has none
        if (url.startsWith(POSTGRESQL)) { // without these, a server that stops responding is waited for forever
            properties.setProperty("connectTimeout", "10");
            properties.setProperty("socketTimeout", "30");
        }
        return properties;
    }

    private void undo() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            drop(); // the first failure says why
        }
    }

    private void drop() {
        try (Connection dropped = connection) {
            connection = null;
        } catch (SQLException e) {
            return; // it was lost
        }
    }

    @Override
    public void close() {
        CompletableFuture.runAsync(() -> {
            if (connection != null) {
                drop();
            }
        }, thread).join();
        thread.shutdown();
    }
}
