package org.perk4j.service;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.Fingerprint;
import org.perk4j.formats.OutputPlace;
import org.perk4j.formats.TextFile;

/**
 * The folder of a service, which no other process has meanwhile: {@code objects/} has a folder for each memory, as
 * {@code perk encode} writes them, {@code texts/} what memories were made of or are to be made of, {@code incoming/} what
 * is being written. Names and all else stand in the database. A file is there before a row tells of it, and a row is gone
 * before its file: whatever instant a process is killed at, what rows tell of is there.
 */
final class DataFolder implements Closeable {

    private final Path folder;
    private final OutputPlace place;
    private final String id;
    private final Contents objects;
    private final Contents texts;

    /** @throws IOException naming the process that has the folder, or what else keeps this one from writing there */
    DataFolder(Path folder) throws IOException {
        this.folder = folder;
        this.place = OutputPlace.within(folder);
        try {
            this.id = id(folder.resolve("id"));
            this.objects = new Contents(folder.resolve("objects"));
            this.texts = new Contents(folder.resolve("texts"));
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

    /** @return what no other folder has */
    String id() {
        return id;
    }

    /** @return the file of the database that is kept here if no other is named */
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

    /** @return a name that nothing has yet, for what becomes an object */
    Path incoming() {
        return folder.resolve("incoming").resolve(UUID.randomUUID().toString());
    }

    /** @return the text's name, which needs it from here on */
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

    /** Deletes what a process left that was killed, when all that rows tell of is needed already. */
    void sweep() throws IOException {
        AtomicFiles.deleteTree(folder.resolve("incoming"));
        objects.sweep();
        texts.sweep();
    }

    @Override
    public void close() throws IOException {
        place.close();
    }
}
