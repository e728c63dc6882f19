package org.perk4j.service;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.perk4j.formats.AtomicFiles;
import org.perk4j.formats.InputFiles;
import org.perk4j.formats.NotWrittenException;
import org.perk4j.inference.OpenBase;
import org.perk4j.memory.Memory;
import org.perk4j.memory.MemoryStore;
import org.perk4j.meta.NotFiniteException;

/** Memories as zip files of their folders, which PEFT reads when they are unpacked. */
final class MemoryArchive {

    /** The files of a memory, which may be in any folder of the archive. */
    private static final List<String> FILES = List.of("adapter_config.json", "adapter_model.safetensors", "perk4j.json");
    private static final int BUFFER = 1 << 16;
    private static final int MOST_ENTRIES = 100;

    private final Kept kept;
    private final MemoryStore store;
    private final OpenBases bases;
    private final long most;

    /** @param most the most bytes that an archive may unpack to */
    MemoryArchive(Kept kept, MemoryStore store, OpenBases bases, long most) {
        this.kept = kept;
        this.store = store;
        this.bases = bases;
        this.most = most;
    }

    /** Sends a memory, to the end also if it is replaced or deleted meanwhile. */
    void write(MemoryRow row, HttpServletResponse response) throws ApiException, IOException {
        kept.library().read(row, folder -> write(row, folder, response));
    }

    private static void write(MemoryRow row, Path folder, HttpServletResponse response) throws IOException {
        response.setContentType("application/zip");
        response.setHeader("Content-Disposition", "attachment; filename=\"" + row.name() + ".zip\"");
        ZipOutputStream zip = new ZipOutputStream(response.getOutputStream());
        for (String name : FILES) {
            if (Files.exists(folder.resolve(name))) {
                zip.putNextEntry(new ZipEntry(row.name() + "/" + name));
                InputFiles.copy(folder.resolve(name), zip);
                zip.closeEntry();
            }
        }
        zip.finish();
    }

    /**
     * Imports a memory under a name.
     *
     * @throws ApiException if the archive doesn't hold one that the base can read
     */
    MemoryRow read(String name, HttpServletRequest archive) throws ApiException, IOException, SQLException {
        Path folder = kept.folder().incoming();
        try {
            unpack(new Body(archive), folder);
            Memory memory = store.read(folder);
            try (Shared<OpenBases.Opened> open = bases.use(Deadline.of(archive));
                    OpenBase.Recollection fits = open.get().base().recall(memory)) {
                return kept.library().add(name, folder, "", "", (connection, row) -> { });
            }
        } catch (QuotaException | NotWrittenException | Body.BrokenException e) {
            throw e; // nothing is wrong with the archive
        } catch (IOException | NotFiniteException e) {
            throw ApiException.invalid(null, "the archive: " + e.getMessage().replace(folder.toString(), name));
        } finally {
            AtomicFiles.deleteTree(folder);
        }
    }

    /** Extracts the files of a memory, and no others, from whichever folder of the archive has them. */
    private void unpack(InputStream archive, Path folder) throws IOException {
        make(folder);
        ZipInputStream zip = new ZipInputStream(archive);
        long left = most;
        int entries = 0;
        for (ZipEntry entry = next(zip); entry != null; entry = next(zip)) {
            String name = entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
            Path file = folder.resolve(FILES.contains(name) ? name : ".other");
            if (++entries > MOST_ENTRIES || Files.exists(file)) {
                throw new ZipException("it must hold the files of one memory: " + String.join(", ", FILES));
            }
            if (FILES.contains(name)) {
                try (OutputStream out = Files.newOutputStream(file)) {
                    left = copy(zip, file, out, left);
                }
            } else {
                left = copy(zip, file, OutputStream.nullOutputStream(), left);
            }
        }
        if (entries == 0) {
            throw new ZipException("it is not a zip file, or empty");
        }
    }

    private static void make(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new NotWrittenException(folder, e);
        }
    }

    private static ZipEntry next(ZipInputStream zip) throws IOException {
        try {
            return zip.getNextEntry();
        } catch (IllegalArgumentException e) {
            throw new ZipException("a name in it is not UTF-8");
        } catch (EOFException e) {
            throw new ZipException("it ends too early: is it complete?");
        }
    }

    private long copy(InputStream in, Path file, OutputStream out, long limit) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long left = limit;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            left -= read;
            if (left < 0) {
                throw new ZipException("it unpacks to more than the " + most + " bytes that --max-import allows");
            }
            try {
                out.write(buffer, 0, read);
            } catch (IOException e) {
                throw new NotWrittenException(file, e);
            }
        }
        return left;
    }
}
