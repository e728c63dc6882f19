package org.perk4j.service;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.osgi.framework.BundleContext;
import org.perk4j.memory.MemoryStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a service stores: files, and the database that describes them.
 *
 * @param opened completes once the database is open, which happens in the background
 */
record Kept(DataFolder folder, Database database, Library library, CompletableFuture<Void> opened)
        implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Kept.class);

    /**
     * @param key the file of the key that the data are encrypted with; empty for none
     * @throws IOException if another process has the folder, it is of another key, or no driver is for the database
     */
    static Kept open(BundleContext context, MemoryStore store, Path data, Optional<Path> key, Settings settings)
            throws IOException {
        DataFolder folder = new DataFolder(data, key);
        try {
            Database database = settings.database().isEmpty()
                    ? Database.of(context, Database.embedded(folder.database()), folder.password())
                    : Database.of(context, settings.database(), Optional.empty());
            return new Kept(folder, database, new Library(folder, database, store, settings.quota()),
                    CompletableFuture.runAsync(() -> {
                        try {
                            database.open(folder.id());
                        } catch (SQLException e) {
                            throw new CompletionException(e);
                        }
                    }));
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** Reads what is stored, and deletes what a killed process left; to be called first. */
    void read(EncodingJobs jobs) throws IOException {
        try {
            opened.join();
            library.open();
            jobs.open();
            folder.sweep();
        } catch (CompletionException e) {
            throw unusable(e.getCause());
        } catch (SQLException e) {
            throw unusable(e);
        }
    }

    private static IOException unusable(Throwable e) {
        return new IOException("the database can't be used: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        library.flush();
        database.close();
        try {
            folder.close();
        } catch (IOException e) {
            LOG.warn("The folder of the data stays locked until this process ends", e);
        }
    }
}
