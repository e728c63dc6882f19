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
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.nd4j.linalg.cpu.nativecpu.blas.CpuBlas;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;

/**
 * Loads the native libraries of ND4J's BLAS inside a bundle. JavaCPP, which loads them, was made for one flat class path per
 * process; this class alone provides the environment that it expects: <ul> <li><b>The thread's context class loader</b> is
 * this bundle's while it loads. <li><b>Files.</b> The libraries are in jars inside this bundle, but not on its class path,
 * since the framework would unpack them at each start. They are unpacked here, once for all processes, into a folder of the
 * user that is named after the jar, and so after the version. <li><b>System properties</b> for JavaCPP, which reads them
 * once per class loader, are set only while it loads: another bundle may have its own JavaCPP. Memory isn't left to the
 * garbage collector, so there is no thread that would keep this class loader alive, and no accounting, which the backend
 * does better. </ul>
 *
 * <p>Java refuses to load one file into two class loaders, such as this bundle's before and after an update. JavaCPP then
 * uses copies, which are put into the bundle's own folder and deleted with the process. The old libraries are unloaded when
 * the garbage collector frees the old class loader.
 */
final class Natives {

    /** A system property shared by the class loaders of a process: the first one uses the files themselves. */
    private static final String FIRST = "org.perk4j.backend.nd4j.loaded";

    private static final String UNFINISHED = "unfinished-";

    private static boolean loaded;

    private Natives() {
    }

    /**
     * Loads ND4J's BLAS, which will run one thread, and oneDNN where it {@linkplain OneDnn#mayRun may run}. Idempotent; to
     * be called before any class of JavaCPP is used.
     */
    static synchronized void load() {
        if (loaded) {
            return;
        }
        Thread thread = Thread.currentThread();
        ClassLoader context = thread.getContextClassLoader();
        Map<String, String> before = new HashMap<>();
        try {
            javacpp().forEach((key, value) -> before.put(key, System.setProperty(key, value)));
            thread.setContextClassLoader(Natives.class.getClassLoader());
            new CpuBlas().setMaxThreads(1);
            if (OneDnn.mayRun()) {
                OneDnn.load();
            }
            loaded = true;
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

    private static Map<String, String> javacpp() throws IOException {
        Map<String, String> properties = new HashMap<>();
        properties.put("org.bytedeco.javacpp.nopointergc", "true");
        properties.put("org.bytedeco.javacpp.maxbytes", "0");
        properties.put("org.bytedeco.javacpp.maxphysicalbytes", "0");
        Bundle bundle = FrameworkUtil.getBundle(Natives.class);
        if (bundle != null) { // otherwise the libraries are on a plain class path
            Path cache = cache(bundle);
            boolean first = System.getProperties().putIfAbsent(FIRST, "") == null;
            properties.put("org.bytedeco.javacpp.cachedir",
                    (first ? cache : bundle.getDataFile("natives").toPath()).toString());
            properties.put("org.bytedeco.javacpp.pathsfirst", "true");
            properties.put("org.bytedeco.javacpp.platform.preloadpath",
                    String.join(File.pathSeparator, unpack(bundle, cache)));
        }
        return properties;
    }

    /** The folder of the XDG base directory specification; if that isn't writable, the bundle's own folder. */
    private static Path cache(Bundle bundle) throws IOException {
        Path base = base(System.getenv(), System.getProperty("user.home"));
        try {
            // Not a relative path, which depends on the working directory: an unknown home is called "?".
            // Nor one with JavaCPP's path separator, which would make it two.
            if (base.isAbsolute() && !base.toString().contains(File.pathSeparator)) {
                return Files.createDirectories(base.resolve("perk4j").resolve("natives"));
            }
        } catch (FileSystemException e) {
            // then not there
        }
        return Files.createDirectories(bundle.getDataFile("natives").toPath());
    }

    /** @return the user's cache folder; the specification says to ignore relative paths */
    static Path base(Map<String, String> environment, String home) {
        Path base = Path.of(environment.getOrDefault("XDG_CACHE_HOME", ""));
        return base.isAbsolute() ? base : Path.of(home, ".cache");
    }

    /** @return the folders with the libraries */
    private static List<String> unpack(Bundle bundle, Path cache) throws IOException {
        List<String> folders = new ArrayList<>();
        for (URL jar : Collections.list(bundle.findEntries("natives", "*.jar", false))) {
            String name = jar.getPath().replaceAll(".*/|\\.jar$", "");
            Path folder = cache.resolve(name);
            if (!Files.isDirectory(folder)) {
                unpack(jar, folder);
            }
            folders.add(folder.toString());
        }
        return folders;
    }

    /** Unpacks atomically: another process may do the same, or this one be killed. */
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
            if (!Files.isDirectory(folder)) { // and no other process has done it
                String reason = e instanceof FileSystemException file && file.getReason() != null
                        ? file.getReason() : e.getMessage();
                throw new IOException("into " + folder + " (" + reason
                        + "): make room there, or name another folder in the environment variable XDG_CACHE_HOME", e);
            }
        }
    }

    /** Deletes what killed processes left while unpacking, which never takes a day. */
    static void deleteAbandoned(Path cache) throws IOException {
        FileTime recent = FileTime.from(Instant.now().minus(1, ChronoUnit.DAYS));
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(cache, UNFINISHED + "*")) {
            for (Path abandoned : folders) {
                if (Files.getLastModifiedTime(abandoned).compareTo(recent) < 0) {
                    delete(abandoned);
                }
            }
        } catch (NoSuchFileException e) {
            return; // another process is doing the same
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
