package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.perk4j.tensor.DType;

/**
 * CUDA's libraries, made here: {@code libcuda.so.1} with the emulation in the folder {@code emulation} and, in it, the very
 * kernels of the backend; and the other libraries, empty, as the bindings want them by name. They are built once.
 */
final class EmulatedCuda {

    private static final Path FOLDER = Path.of("target", "emulation").toAbsolutePath();
    private static final List<String> NAMES = List.of("libcudart.so.13", "libnvrtc.so.13", "libcublasLt.so.13",
            "libcublas.so.13");
    private static boolean loaded;

    private EmulatedCuda() {
    }

    /** Loads the emulation in the place of CUDA. Without a C++ compiler the test is skipped. */
    static void load() throws IOException, InterruptedException {
        load(Map.of());
    }

    /** @param real what isn't to be emulated */
    static synchronized void load(Map<Libraries.Library, Path> real) throws IOException, InterruptedException {
        if (!loaded) {
            assumeTrue(runs("g++", "--version"), "skipped: the emulation of CUDA needs g++ (Debian: apt-get install g++)");
            build();
            Map<Libraries.Library, Path> libraries = new EnumMap<>(Libraries.find(List.of(FOLDER)).found());
            libraries.putAll(real);
            new Libraries(libraries).load(FOLDER.resolve("bindings"));
            loaded = true;
        }
    }

    /** A backend on the emulation, as on a device. */
    static CudaBackend backend(Factors factors) throws IOException, InterruptedException {
        load();
        return new Device(new CudaDriver(0, EmulatedCuda::code), "cuda").backend(factors);
    }

    /** The kernels as the emulation's compiler makes them, each time. */
    static byte[] code(String architecture, DType dtype) {
        return Compiler.compile(architecture, dtype).code();
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start().waitFor() == 0;
        } catch (IOException e) {
            return false; // there is no such program
        }
    }

    private static void build() throws IOException, InterruptedException {
        Files.createDirectories(FOLDER);
        boolean changed = false;
        for (String name : List.of("emulation/emulation.h", "emulation/emulation.cpp", "emulation/faults.cu",
                "kernels.cu")) {
            changed |= write(name.replaceAll(".*/", ""), resource(name));
        }
        List<String> options = new ArrayList<>(List.of("-O2", "-fvisibility=hidden", "-Wall", "-Wextra",
                "-Wno-unknown-pragmas", "-Werror", "-Wl,-soname,libcuda.so.1"));
        options.addAll(fusing());
        changed |= write("options", String.join(" ", options));
        changed |= write("kernels.cpp", kernels(resource("kernels.cu") + resource("emulation/faults.cu")));
        if (!changed && Files.exists(FOLDER.resolve(NAMES.get(NAMES.size() - 1)))) {
            return;
        }
        options.addAll(List.of("kernels.cpp", "emulation.cpp", "-o", "libcuda.so.1"));
        compile(options.toArray(String[]::new));
        write("nothing.cpp", "");
        for (String name : NAMES) {
            compile("-Wl,-soname," + name, "-Wl,--no-as-needed", "nothing.cpp", "libcuda.so.1", "-o", name);
        }
    }

    /** NVIDIA's compiler fuses multiplications with additions, which rounds once instead of twice: so shall this one. */
    private static List<String> fusing() throws IOException {
        return Files.readString(Path.of("/proc/cpuinfo")).contains(" fma ") ? List.of("-mfma") : List.of();
    }

    private static String resource(String name) throws IOException {
        try (var in = EmulatedCuda.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes());
        }
    }

    private static boolean write(String name, String text) throws IOException {
        Path file = FOLDER.resolve(name);
        if (Files.exists(file) && Files.readString(file).equals(text)) {
            return false;
        }
        Path unfinished = Files.writeString(FOLDER.resolve(name + ".new"), text);
        Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
        return true;
    }

    /** The kernels for both types of number, each in a namespace, and tables to find them by name. */
    private static String kernels(String source) {
        StringBuilder text = new StringBuilder("#include \"emulation.h\"\n");
        new TreeMap<>(Map.of("float", "single", "double", "twice")).forEach((real, name) -> {
            text.append("#define REAL ").append(real).append("\nnamespace compiled_").append(name)
                    .append(" {\n#include \"kernels.cu\"\n#include \"faults.cu\"\n}\n#undef REAL\nconst emulation::Entry "
                    + "emulation::").append(name)
                    .append("[] = {\n");
            names(source).forEach(kernel -> text.append("    emulation::entry<compiled_").append(name).append("::")
                    .append(kernel).append(">(\"").append(kernel).append("\"),\n"));
            text.append("    {nullptr, nullptr, 0, 0}};\n");
        });
        return text.toString();
    }

    /** @return the kernels of a source */
    static Stream<String> names(String source) {
        return Pattern.compile("^KERNEL (\\w+)", Pattern.MULTILINE).matcher(source).results()
                .map(result -> result.group(1));
    }

    private static void compile(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("g++", "-std=c++17", "-shared", "-fPIC"));
        command.addAll(List.of(arguments));
        Path log = FOLDER.resolve("compiler.log");
        Process process = new ProcessBuilder(command).directory(FOLDER.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed:\n" + Files.readString(log));
        }
    }
}
