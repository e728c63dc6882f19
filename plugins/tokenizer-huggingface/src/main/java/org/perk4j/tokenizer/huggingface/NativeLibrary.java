package org.perk4j.tokenizer.huggingface;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Loads the native library that DJL includes.
 *
 * <p>DJL's own loader would also ask the network for the cloud machine that it runs on and report itself there, probe for
 * CUDA, download a library for it, and keep a copy in the user's home folder. None of this is wanted, so that loader isn't
 * included.
 */
final class NativeLibrary {

    private static final String NAME = "tokenizers";

    /** The libraries that it needs on Windows, dependencies first. */
    private static final List<String> ON_WINDOWS = List.of("libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll");

    private static boolean loaded;

    private NativeLibrary() {
    }

    /**
     * Loads the library, once per class loader. Java refuses to load one file into two class loaders, such as those of a
     * bundle before and after its update, so each uses its own copy.
     *
     * @param folder for the copy, which is deleted after loading
     */
    static synchronized void load(Path folder) throws IOException {
        if (loaded) {
            return;
        }
        Files.createDirectories(folder);
        Path copies = Files.createTempDirectory(folder, NAME);
        try {
            for (String file : files()) {
                System.load(copy(file, copies).toAbsolutePath().toString());
            }
            loaded = true;
        } catch (UnsatisfiedLinkError e) {
            throw new IOException("the native tokenizer library can't be loaded on this machine: " + e.getMessage(), e);
        } finally {
            delete(copies);
        }
    }

    private static List<String> files() {
        List<String> files = new ArrayList<>(platform().startsWith("win") ? ON_WINDOWS : List.of());
        files.add(System.mapLibraryName(NAME));
        return files;
    }

    private static Path copy(String file, Path folder) throws IOException {
        String resource = "/native/lib/" + platform() + "/cpu/" + file;
        try (InputStream in = NativeLibrary.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("there is no native tokenizer library for " + platform()
                        + ": use Linux (x86_64 or aarch64), macOS (aarch64), or Windows (x86_64)");
            }
            Path copy = folder.resolve(file);
            try {
                Files.copy(in, copy);
            } catch (IOException e) {
                throw new IOException("the native tokenizer library can't be unpacked into " + folder + " (" + e.getMessage()
                        + "): make room there", e);
            }
            return copy;
        }
    }

    private static String platform() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String system = name.startsWith("win") ? "win" : name.startsWith("mac") ? "osx" : "linux";
        String architecture = System.getProperty("os.arch");
        return system + "-" + (architecture.equals("amd64") ? "x86_64" : architecture);
    }

    /** The loaded library doesn't need its file; only Windows keeps it from being deleted. */
    private static void delete(Path copies) throws IOException {
        try {
            for (String file : files()) {
                Files.deleteIfExists(copies.resolve(file));
            }
            Files.delete(copies);
        } catch (AccessDeniedException windows) {
            // remains in the bundle's own folder, which is deleted when the bundle is uninstalled
        }
    }
}
