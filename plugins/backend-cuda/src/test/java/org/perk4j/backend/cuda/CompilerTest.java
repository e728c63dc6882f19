package org.perk4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perk4j.tensor.DType;

/**
 * The kernels compile with NVIDIA's compiler, for several generations of devices, without a warning, and with all that a
 * thread holds in registers. What each kernel takes is in {@code target/kernels-<architecture>-<type>.txt}.
 */
class CompilerTest {

    private static final int SHARED_MEMORY = 48 << 10;

    private static final Pattern KERNEL = Pattern.compile("Compiling entry function '(\\w+)'");
    private static final Pattern SPILLS = Pattern.compile("(\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

    private static final Map<String, Compiler.Compiled> COMPILED = new ConcurrentHashMap<>();

    /** What a kernel takes. */
    private record Needs(int registers, int spilled, int shared) {
    }

    @BeforeAll
    static void load() throws Exception {
        String folder = System.getProperty("nvrtc.folder", "");
        Libraries all = folder.isEmpty() ? Libraries.find() : Libraries.find(List.of(Path.of(folder)));
        assumeTrue(all.found().containsKey(Libraries.Library.COMPILER), "skipped: no libnvrtc.so.13 here: install the "
                + "Python package nvidia-cuda-nvrtc and say -Dnvrtc.folder=…/nvidia/cu13/lib");
        Map<Libraries.Library, Path> compiler = all.found();
        compiler.keySet().retainAll(List.of(Libraries.Library.COMPILER, Libraries.Library.BUILTINS));
        EmulatedCuda.load(compiler); // the bindings want a driver, too
    }

    /** With the code that it kept the compiler isn't asked again, by this process or the next; for anything else it is. */
    @Test
    void compilesOnceForAllProcesses(@TempDir Path folder) {
        AtomicInteger compilations = new AtomicInteger();
        List<byte[]> codes = new ArrayList<>();
        for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT32, DType.FLOAT64, DType.FLOAT32)) {
            codes.add(new CodeCache(folder.resolve("kernels")).code(Compiler.input("sm_80", dtype), () -> {
                compilations.incrementAndGet();
                return compiled("sm_80", dtype).code();
            }));
        }
        assertEquals(2, compilations.get());
        assertArrayEquals(codes.get(0), codes.get(1));
        assertArrayEquals(codes.get(0), codes.get(3));
        assertFalse(Arrays.equals(codes.get(0), codes.get(2)));
    }

    @ParameterizedTest
    @CsvSource({"sm_80, FLOAT32", "sm_80, FLOAT64", "sm_90, FLOAT32", "sm_90, FLOAT64", "sm_100, FLOAT32",
            "sm_100, FLOAT64", "sm_120, FLOAT32", "sm_120, FLOAT64"})
    void kernelsCompile(String architecture, DType dtype) throws IOException {
        Compiler.Compiled compiled = compiled(architecture, dtype);
        assertTrue(compiled.code().length > 0);
        String warnings = compiled.log().lines().filter(line -> !line.startsWith("ptxas")).collect(Collectors.joining("\n"));
        assertEquals("", warnings.strip());
        assertTrue(compiled.log().lines().noneMatch(line -> line.contains("warning")), compiled.log());
        Map<String, Needs> needs = needs(compiled.log());
        report(architecture, dtype, needs);
        assertEquals(EmulatedCuda.names(source()).sorted().toList(), List.copyOf(needs.keySet()));
        needs.forEach((kernel, each) -> {
            assertEquals(0, each.spilled, kernel + " spills registers");
            assertTrue(each.registers * Stream.BLOCK <= 65_536, kernel + ": a block doesn't fit on a multiprocessor");
            assertTrue(each.shared <= SHARED_MEMORY, kernel + " takes " + each.shared + " bytes of shared memory");
        });
    }

    /** Compiles each once. */
    private static Compiler.Compiled compiled(String architecture, DType dtype) {
        return COMPILED.computeIfAbsent(architecture + " " + dtype,
                key -> Compiler.compile(architecture, dtype, "--ptxas-options=-v"));
    }

    private static Map<String, Needs> needs(String log) {
        Map<String, Needs> needs = new TreeMap<>();
        String[] kernels = log.split("(?=ptxas info *: Compiling entry function)");
        for (String kernel : kernels) {
            Matcher name = KERNEL.matcher(kernel);
            if (name.find()) {
                needs.put(name.group(1), new Needs(number(REGISTERS, kernel).orElseThrow(),
                        number(SPILLS, kernel).orElseThrow(), number(SHARED, kernel).orElse(0)));
            }
        }
        return needs;
    }

    private static OptionalInt number(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }

    private static void report(String architecture, DType dtype, Map<String, Needs> needs) throws IOException {
        StringBuilder table =
                new StringBuilder(String.format("%-20s %9s %7s %13s%n", "kernel", "registers", "spilled", "shared memory"));
        needs.forEach((kernel, each) -> table.append(String.format("%-20s %9d %7d %13d%n", kernel, each.registers,
                each.spilled, each.shared)));
        Files.writeString(Path.of("target", "kernels-" + architecture + "-" + dtype + ".txt"), table,
                StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        System.out.printf("NVRTC %s, %s, %s: %d kernels, %d registers at most, %d bytes spilled%n", Compiler.version(),
                architecture, dtype, needs.size(), needs.values().stream().mapToInt(Needs::registers).max().orElse(0),
                needs.values().stream().mapToInt(Needs::spilled).sum());
    }

    private static String source() throws IOException {
        try (var in = CompilerTest.class.getResourceAsStream("kernels.cu")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
