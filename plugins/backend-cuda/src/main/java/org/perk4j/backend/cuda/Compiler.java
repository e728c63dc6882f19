package org.perk4j.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.perk4j.tensor.DType;

/** Compiles the kernels with NVRTC. */
final class Compiler {

    private static final String FILE = "kernels.cu";

    private Compiler() {
    }

    /**
     * Machine code.
     *
     * @param code the code that the driver loads
     * @param log  warnings, and other output that the options request
     */
    record Compiled(byte[] code, String log) {
    }

    /**
     * @param architecture such as {@code sm_90}
     * @param more         further options of NVRTC
     * @throws DeviceException if the compiler refuses
     */
    static Compiled compile(String architecture, DType dtype, String... more) {
        List<String> options = new ArrayList<>(options(architecture, dtype));
        options.addAll(List.of(more));
        _nvrtcProgram program = new _nvrtcProgram();
        try (BytePointer source = new BytePointer(source(), StandardCharsets.UTF_8);
             BytePointer name = new BytePointer(FILE, StandardCharsets.UTF_8);
             PointerPointer<BytePointer> arguments = new PointerPointer<>(options.toArray(String[]::new))) {
            check(nvrtc.nvrtcCreateProgram(program, source, name, 0, (PointerPointer<?>) null, (PointerPointer<?>) null));
            int result = nvrtc.nvrtcCompileProgram(program, options.size(), arguments);
            String log = log(program);
            if (result != nvrtc.NVRTC_SUCCESS) {
                throw new DeviceException(DeviceException.Kind.REFUSED,
                        FILE + " can't be compiled for " + architecture + ": "
                        + error(result) + (log.isEmpty() ? "" : "\n" + log));
            }
            return new Compiled(code(program), log);
        } finally {
            nvrtc.nvrtcDestroyProgram(program);
        }
    }

    /** Without these, NVRTC 13.0 and 13.1 treat lambdas as host code. */
    private static List<String> options(String architecture, DType dtype) {
        return List.of("-arch=" + architecture, "-std=c++17", "--device-as-default-execution-space",
                "-DREAL=" + (dtype == DType.FLOAT32 ? "float" : "double"));
    }

    /** @return everything that the machine code depends on, except the compiler's build */
    static String input(String architecture, DType dtype) {
        return "NVRTC " + version() + "\n" + String.join("\n", options(architecture, dtype)) + "\n" + source();
    }

    /** @return the release of the compiler, such as 13.1 */
    static String version() {
        int[] major = new int[1];
        int[] minor = new int[1];
        check(nvrtc.nvrtcVersion(major, minor));
        return major[0] + "." + minor[0];
    }

    private static String source() {
        try (InputStream in = Compiler.class.getResourceAsStream(FILE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] code(_nvrtcProgram program) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            check(nvrtc.nvrtcGetCUBINSize(program, size));
            byte[] code = new byte[Math.toIntExact(size.get())];
            check(nvrtc.nvrtcGetCUBIN(program, code));
            return code;
        }
    }

    private static String log(_nvrtcProgram program) {
        try (SizeTPointer size = new SizeTPointer(1)) {
            check(nvrtc.nvrtcGetProgramLogSize(program, size));
            byte[] log = new byte[Math.toIntExact(size.get())];
            check(nvrtc.nvrtcGetProgramLog(program, log));
            return new String(log, 0, Math.max(0, log.length - 1), StandardCharsets.UTF_8).replace('\0', '\n').strip();
        }
    }

    private static void check(int result) {
        if (result != nvrtc.NVRTC_SUCCESS) {
            throw new DeviceException(DeviceException.Kind.REFUSED, "NVRTC: " + error(result));
        }
    }

    private static String error(int result) {
        return nvrtc.nvrtcGetErrorString(result).getString();
    }
}
