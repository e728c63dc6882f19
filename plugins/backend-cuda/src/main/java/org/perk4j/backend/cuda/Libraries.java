package org.perk4j.backend.cuda;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.Loader;

/**
 * The libraries of CUDA on this machine. This bundle contains none of them, only the bindings that call them from Java.
 *
 * @param found the files of those that exist
 */
record Libraries(Map<Library, Path> found) {

    /** The release that this bundle's bindings were made for. */
    static final String BINDINGS = "13.1-9.19-1.5.13";

    /** In loading order. */
    enum Library {
        /** NVIDIA's driver. */
        DRIVER("libcuda.so.1", "install NVIDIA's driver, release 580 or newer"),
        /** The runtime, which the bindings link to. */
        RUNTIME("libcudart.so.13", artifact("redist")),
        /** The compiler's built-in functions. */
        BUILTINS("libnvrtc-builtins.so.13", artifact("redist")),
        /** The compiler of kernels. */
        COMPILER("libnvrtc.so.13", artifact("redist")),
        /** What cuBLAS depends on. */
        PRODUCTS("libcublasLt.so.13", artifact("redist-cublas")),
        /** Products of matrices. */
        BLAS("libcublas.so.13", artifact("redist-cublas"));

        private final String file;
        private final String remedy;

        Library(String file, String remedy) {
            this.file = file;
            this.remedy = remedy;
        }

        private static String artifact(String name) {
            return "install CUDA 13; or unpack the libraries in the Maven artifact org.bytedeco:cuda:" + BINDINGS
                    + ":linux-x86_64-" + name + " into a folder, and name that in LD_LIBRARY_PATH";
        }

        String file() {
            return file;
        }

        /** @return the remedy if it is missing */
        String remedy() {
            return remedy;
        }
    }

    /** Searches the folders named by the environment, and the usual ones. */
    static Libraries find() {
        return find(folders(System.getenv()));
    }

    /** @param folders searched in order, for each library */
    static Libraries find(List<Path> folders) {
        Map<Library, Path> found = new EnumMap<>(Library.class);
        for (Library library : Library.values()) {
            folders.stream().flatMap(folder -> files(folder, library.file)).findFirst()
                    .ifPresent(file -> found.put(library, file));
        }
        return new Libraries(found);
    }

    /** The library, or a minor release of it: NVRTC loads its builtins by their full version. */
    private static Stream<Path> files(Path folder, String name) {
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> matching = Files.newDirectoryStream(folder, name + "*")) {
                matching.forEach(files::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files.stream().sorted();
    }

    /** @return the folders to search, in order */
    static List<Path> folders(Map<String, String> environment) {
        List<Path> folders = new ArrayList<>();
        String path = environment.get("LD_LIBRARY_PATH");
        if (path != null) {
            Stream.of(path.split(File.pathSeparator)).filter(folder -> !folder.isEmpty()).map(Path::of)
                    .forEach(folders::add);
        }
        for (String variable : new String[] {"CUDA_HOME", "CUDA_PATH"}) {
            String home = environment.get(variable);
            if (home != null && !home.isEmpty()) {
                folders.add(Path.of(home, "lib64"));
            }
        }
        for (String folder : new String[] {"/usr/local/cuda/lib64", "/usr/local/cuda-13/lib64", "/opt/cuda/lib64",
            "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/lib/wsl/lib",
            "/usr/lib/x86_64-linux-gnu/nvidia/current"}) {
            folders.add(Path.of(folder));
        }
        return folders;
    }

    /** @return the required libraries that are missing; builtins aren't required, as a compiler may include them */
    List<Library> missing() {
        return Stream.of(Library.values()).filter(library -> library != Library.BUILTINS && !found.containsKey(library))
                .toList();
    }

    /**
     * Loads the libraries found, and the bindings to them; to be called before any class of these is used. JavaCPP, which
     * unpacks the bindings, reads system properties once; they are set only while it loads, since another bundle may have
     * its own JavaCPP.
     *
     * @param cache a folder to unpack into
     * @throws UnsatisfiedLinkError if one can't be loaded
     */
    void load(Path cache) {
        Stream.of(Library.values()).filter(found::containsKey).map(found::get).forEach(Libraries::loadFile);
        Map<String, String> before = new HashMap<>();
        Map.of("org.bytedeco.javacpp.cachedir", cache.toString(),
                "org.bytedeco.javacpp.nopointergc", "true",
                "org.bytedeco.javacpp.maxbytes", "0",
                "org.bytedeco.javacpp.maxphysicalbytes", "0")
                .forEach((key, value) -> before.put(key, System.setProperty(key, value)));
        try {
            Map.of(Library.DRIVER, cudart.class, Library.BLAS, cublas.class, Library.COMPILER, nvrtc.class)
                    .forEach((library, binding) -> {
                        if (found.containsKey(library)) {
                            Loader.load(binding);
                        }
                    });
        } finally {
            before.forEach(Libraries::restore);
        }
    }

    /** A library that another class loader has loaded suffices: the bindings find it by its name. */
    private static void loadFile(Path library) {
        try {
            System.load(library.toAbsolutePath().toString());
        } catch (UnsatisfiedLinkError e) {
            if (e.getMessage() == null || !e.getMessage().contains("already loaded in another classloader")) {
                throw e;
            }
        }
    }

    private static void restore(String key, String value) {
        if (value == null) {
            System.clearProperty(key);
        } else {
            System.setProperty(key, value);
        }
    }
}
