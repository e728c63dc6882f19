package org.perk4j.backend.nd4j;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.nd4j.linalg.cpu.nativecpu.blas.CpuBlas;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;

/**
 * The native libraries of ND4J, in a bundle. ND4J and JavaCPP, which loads libraries for it, were made for one flat class
 * path per process; this is the one place that gives them what they expect there:
 * <ul>
 * <li><b>The thread's context class loader</b>, by which ND4J looks for its own backend, is this bundle's while ND4J starts.
 * <li><b>Files.</b> The libraries lie in jars in this bundle, which aren't on its class path: the framework would unpack
 * them at each start. They are unpacked here, once for all processes, into a folder of the user's named after the jar, and
 * so after the version.
 * <li><b>System properties</b> for JavaCPP, which reads them once per class loader, are set only meanwhile: another bundle
 * may have a JavaCPP of its own. Memory isn't left to the garbage collector, hence no thread that would keep this class
 * loader alive, and no counting of what the backend counts better.
 * </ul>
 *
 * <p>Java refuses to load one file into two class loaders, such as this bundle's before and after an update. JavaCPP then
 * takes a copy; these go to the bundle's own folder, which is gone with the process. The old libraries leave memory when
 * the garbage collector finds the old class loader.
 */
final class Natives {

    /** A system property by which the class loaders of a process know each other: the first takes the files as they are. */
    private static final String FIRST = "org.perk4j.backend.nd4j.loaded";

    private static final String UNFINISHED = "unfinished-";

    private static final String OPERATIONS = "nd4j-native";

    private static boolean loaded;

    private Natives() {
    }

    /**
     * Loads ND4J's BLAS, which will run one thread, and oneDNN where it {@linkplain OneDnn#mayRun may run}. Once; to be
     * called before any class of JavaCPP's is touched.
     */
    static synchronized void load() {
        if (!loaded) {
            run(false, () -> {
                new CpuBlas().setMaxThreads(1);
                if (OneDnn.mayRun()) {
                    OneDnn.load();
                }
                return null;
            });
            loaded = true;
        }
    }

    /**
     * Runs code that uses ND4J itself, as opposed to its BLAS: its arrays and operations. The first time, this takes a
     * second and some 50 MB of memory (and once for all processes unpacks 300 MB), which is why no kernel does so
     * needlessly.
     */
    static synchronized <T> T withNd4j(Supplier<T> code) {
        load();
        return run(true, code);
    }

    private static <T> T run(boolean operations, Supplier<T> code) {
        Thread thread = Thread.currentThread();
        ClassLoader context = thread.getContextClassLoader();
        Map<String, String> before = new HashMap<>();
        try {
            javacpp(operations).forEach((key, value) -> before.put(key, System.setProperty(key, value)));
            thread.setContextClassLoader(Natives.class.getClassLoader());
            return code.get();
        } catch (IOException e) {
            throw new UncheckedIOException("the native libraries can't be unpacked " + e.getMessage(), e);
        } finally {
            thread.setContextClassLoader(context);
            before.forEach(Natives::restore);
        }
    }

    private static void restore(String key, String value) {
        if (value == null) {
            System.clearProperty(key);
        } else {
            System.setProperty(key, value);
        }
    }

    private static Map<String, String> javacpp(boolean operations) throws IOException {
        Map<String, String> properties = new HashMap<>();
        properties.put("org.bytedeco.javacpp.nopointergc", "true");
        properties.put("org.bytedeco.javacpp.maxbytes", "0");
        properties.put("org.bytedeco.javacpp.maxphysicalbytes", "0");
        Bundle bundle = FrameworkUtil.getBundle(Natives.class);
        if (bundle != null) { // else the libraries are on a plain class path
            Path cache = cache(bundle);
            boolean first = System.getProperties().putIfAbsent(FIRST, "") == null;
            properties.put("org.bytedeco.javacpp.cachedir",
                    (first ? cache : bundle.getDataFile("natives").toPath()).toString());
            properties.put("org.bytedeco.javacpp.pathsfirst", "true");
            properties.put("org.bytedeco.javacpp.platform.preloadpath",
                    String.join(File.pathSeparator, unpack(bundle, cache, operations)));
        }
        return properties;
    }

    /** Where the XDG base directory specification has it; if that can't be written to, the bundle's own folder. */
    private static Path cache(Bundle bundle) throws IOException {
        Path base = base(System.getenv(), System.getProperty("user.home"));
        try {
            // A relative path would be this folder's or that one's: a home that the system doesn't know is called "?".
            // And JavaCPP would take a path with its separator for two folders.
            if (base.isAbsolute() && !base.toString().contains(File.pathSeparator)) {
                return Files.createDirectories(base.resolve("perk4j").resolve("natives"));
            }
        } catch (FileSystemException e) {
            // then not there
        }
        return Files.createDirectories(bundle.getDataFile("natives").toPath());
    }

    /** @return the user's folder for caches; the specification ignores a variable with a relative path */
    static Path base(Map<String, String> environment, String home) {
        Path base = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
        return base.isAbsolute() ? base : Path.of(home, ".cache");
    }

    /** @return the folders with the libraries */
    private static List<String> unpack(Bundle bundle, Path cache, boolean operations) throws IOException {
        List<String> folders = new ArrayList<>();
        for (URL jar : Collections.list(bundle.findEntries("natives", "*.jar", false))) {
            String name = jar.getPath().replaceAll(".*/|\\.jar$", "");
            Path folder = cache.resolve(name);
            if (!Files.isDirectory(folder) && (operations || !name.startsWith(OPERATIONS))) {
                unpack(jar, folder);
            }
            folders.add(folder.toString());
        }
        return folders;
    }

    /** All or nothing: another process may do the same, or this one be killed. */
    private static void unpack(URL jar, Path folder) throws IOException {
        deleteAbandoned(folder.getParent());
        Path unfinished = Files.createTempDirectory(folder.getParent(), UNFINISHED);
        try (InputStream in = jar.openStream(); ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String file = entry.getName().replaceAll(".*/", "");
                if (file.matches(".*\\.(so|dylib|dll)(\\.\\d+)*")) {
                    Files.copy(zip, unfinished.resolve(file));
                }
            }
            Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            delete(unfinished);
            if (!Files.isDirectory(folder)) { // nor has another process been faster
                String reason = e instanceof FileSystemException file && file.getReason() != null
                        ? file.getReason() : e.getMessage();
                throw new IOException("into " + folder + " (" + reason
                        + "): make room there, or let XDG_CACHE_HOME in the environment name another folder", e);
            }
        }
    }

    /** Deletes what processes that were killed left while they unpacked: none takes a day for that. */
    static void deleteAbandoned(Path cache) throws IOException {
        FileTime recent = FileTime.from(Instant.now().minus(1, ChronoUnit.DAYS));
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(cache, UNFINISHED + "*")) {
            for (Path abandoned : folders) {
                if (Files.getLastModifiedTime(abandoned).compareTo(recent) < 0) {
                    delete(abandoned);
                }
            }
        } catch (NoSuchFileException e) {
            return; // another process is just doing the same
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
