package org.perk4j.service;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.OutputPlace;
import org.perk4j.formats.TextFile;

/**
 * The folder of a service, locked for its process: {@code objects/} has a folder for each memory, as {@code perk encode}
 * writes them; {@code texts/} the texts of memories and of pending encodings; {@code incoming/} what is being written. Names
 * and everything else are in the database. A file is written before the row that refers to it, and deleted after that row:
 * so whenever a process is killed, everything that rows refer to exists. With a key, all three are encrypted,
 * and so is the database that is kept here.
 */
final class DataFolder implements Closeable {

    private final Path folder;
    private final OutputPlace place;
    private final String id;
    private final Optional<DataKey> key;
    /** The same, where what is written is encrypted if there is a key. */
    private final Path files;
    private final Contents objects;
    private final Contents texts;

    /**
     * @param key the file of the key that it is encrypted with; empty for none
     * @throws IOException naming the process that uses the folder, or why it can't be written, such as
     *                     another key
     */
    DataFolder(Path folder, Optional<Path> key) throws IOException {
        this.folder = folder;
        this.place = OutputPlace.within(folder);
        try {
            this.key = DataKey.open(folder, key, Files.notExists(folder.resolve("id")));
            this.id = id(folder.resolve("id"));
            this.files = this.key.map(of -> EncryptedFileSystem.of(folder, of.files())).orElse(folder);
            this.objects = contents("objects");
            this.texts = contents("texts");
        } catch (IOException e) {
            place.close();
            throw e;
        }
    }

    private static String id(Path file) throws IOException {
        if (Files.notExists(file)) {
            AtomicFiles.writeString(file, UUID.randomUUID().toString());
        }
        return TextFile.read(file);
    }

    Path path() {
        return folder;
    }

    /** @return the folder's unique id */
    String id() {
        return id;
    }

    private Contents contents(String kind) {
        return new Contents(files.resolve(kind), key.<UnaryOperator<String>>map(of -> of::name)
                .orElse(UnaryOperator.identity()));
    }

    /** @return the password of the database that is kept here; empty if it isn't encrypted */
    Optional<String> password() {
        return key.map(DataKey::password);
    }

    /** @return the file of the database, if the service isn't given another */
    Path database() {
        return folder.resolve("registry");
    }

    /** @return the memories */
    Contents objects() {
        return objects;
    }

    Contents texts() {
        return texts;
    }

    /** @return a new path at which to write what becomes an object */
    Path incoming() {
        return files.resolve("incoming").resolve(UUID.randomUUID().toString());
    }

    /** Stores a text, and adds a user of it. @return its name */
    String keep(String text) throws IOException {
        String digest = Fingerprint.of(text.getBytes(StandardCharsets.UTF_8));
        texts.need(digest);
        try {
            if (Files.notExists(texts.path(digest))) {
                AtomicFiles.writeString(texts.path(digest), text);
            }
            return digest;
        } catch (IOException e) {
            texts.release(digest);
            throw e;
        }
    }

    String text(String digest) throws IOException {
        return TextFile.read(texts.path(digest));
    }

    /** Deletes what a killed process left. To be called once all that rows refer to has its users. */
    void sweep() throws IOException {
        AtomicFiles.deleteTree(files.resolve("incoming"));
        objects.sweep();
        texts.sweep();
    }

    @Override
    public void close() throws IOException {
        place.close();
    }
}
