package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perk4j.backend.cuda.Libraries.Library;

/** Where CUDA's libraries are searched, and what is said of those that aren't there. */
class LibrariesTest {

    @TempDir
    private Path folder;

    private Path with(String name, String... files) throws IOException {
        Path made = Files.createDirectories(folder.resolve(name));
        for (String file : files) {
            Files.createFile(made.resolve(file));
        }
        return made;
    }

    private static String[] allFiles() {
        return Stream.of(Library.values()).map(Library::file).toArray(String[]::new);
    }

    @Test
    void theEnvironmentComesBeforeTheUsualFolders() {
        List<Path> folders =
                Libraries.folders(Map.of("LD_LIBRARY_PATH", "/a::/b", "CUDA_HOME", "/home", "CUDA_PATH", "/path"));
        assertEquals(Stream.of("/a", "/b", "/home/lib64", "/path/lib64").map(Path::of).toList(), folders.subList(0, 4));
        assertEquals(Libraries.folders(Map.of()), folders.subList(4, folders.size()));
    }

    @Test
    void anEmptyVariableNamesNoFolder() {
        assertEquals(Libraries.folders(Map.of()),
                Libraries.folders(Map.of("LD_LIBRARY_PATH", "", "CUDA_HOME", "", "CUDA_PATH", "")));
    }

    @Test
    void aSystemHasThemInItsUsualFolders() {
        assertTrue(Libraries.folders(Map.of()).containsAll(Stream.of("/usr/local/cuda/lib64", "/usr/lib/x86_64-linux-gnu",
                "/usr/lib64").map(Path::of).toList()));
    }

    @Test
    void theFirstFolderThatHasALibraryIsTaken() throws IOException {
        Path none = folder.resolve("none");
        Path some = with("some", "libcuda.so.1", "libcudart.so.12");
        Path all = with("all", allFiles());
        Libraries found = Libraries.find(List.of(none, some, all));
        assertEquals(some.resolve("libcuda.so.1"), found.found().get(Library.DRIVER));
        assertEquals(all.resolve("libcudart.so.13"), found.found().get(Library.RUNTIME), "not that of another release");
        assertEquals(List.of(), found.missing());
    }

    /** NVRTC's builtins are there by their full version alone. */
    @Test
    void aMinorReleaseIsOneToo() throws IOException {
        Path home = with("lib64", "libnvrtc-builtins.so.13.1", "libnvrtc.so.13.1.80");
        Map<Library, Path> found = Libraries.find(Libraries.folders(Map.of("CUDA_HOME", folder.toString())).subList(0, 1))
                .found();
        assertEquals(Map.of(Library.BUILTINS, home.resolve("libnvrtc-builtins.so.13.1"), Library.COMPILER,
                home.resolve("libnvrtc.so.13.1.80")), found);
    }

    @Test
    void everythingElseIsNeeded() throws IOException {
        Set<Library> missing = Set.copyOf(Libraries.find(List.of(with("empty"))).missing());
        assertEquals(Stream.of(Library.values()).filter(library -> library != Library.BUILTINS).collect(Collectors.toSet()),
                missing);
    }

    /** The artifacts are those of the bindings' release, which the build takes from pom.xml. */
    @Test
    void theRemedyNamesWhatHasIt() {
        String release = System.getProperty("cuda.version");
        String bindings = "install CUDA 13; or unpack the libraries in the Maven artifact org.bytedeco:cuda:" + release
                + ":linux-x86_64-%s into a folder, and name that in LD_LIBRARY_PATH";
        assertEquals(Map.of(Library.DRIVER, "install NVIDIA's driver, release 580 or newer",
                Library.RUNTIME, bindings.formatted("redist"), Library.BUILTINS, bindings.formatted("redist"),
                Library.COMPILER, bindings.formatted("redist"), Library.PRODUCTS, bindings.formatted("redist-cublas"),
                Library.BLAS, bindings.formatted("redist-cublas")),
                Stream.of(Library.values()).collect(Collectors.toMap(library -> library, Library::remedy)));
    }
}
