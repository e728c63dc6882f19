package org.perk4j.backend.cuda;

import static org.bytedeco.cuda.global.cudart.*;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.perk4j.tensor.DType;

/** A device by CUDA's driver API. {@link Libraries#load} comes first. */
final class CudaDriver implements Driver {

    /** Errors that make a context unusable. */
    private static final Set<Integer> FATAL = Set.of(CUDA_ERROR_DEVICE_UNAVAILABLE, CUDA_ERROR_ECC_UNCORRECTABLE,
            CUDA_ERROR_NVLINK_UNCORRECTABLE, CUDA_ERROR_CONTAINED, CUDA_ERROR_ILLEGAL_ADDRESS, CUDA_ERROR_LAUNCH_TIMEOUT,
            CUDA_ERROR_CONTEXT_IS_DESTROYED, CUDA_ERROR_ASSERT, CUDA_ERROR_HARDWARE_STACK_ERROR,
            CUDA_ERROR_ILLEGAL_INSTRUCTION, CUDA_ERROR_MISALIGNED_ADDRESS, CUDA_ERROR_INVALID_ADDRESS_SPACE,
            CUDA_ERROR_INVALID_PC, CUDA_ERROR_LAUNCH_FAILED, CUDA_ERROR_UNKNOWN);

    /** What cuBLAS takes by itself: on a device of compute capability 9 or higher, and on an older one. */
    private static final long WORKSPACE = 32L << 20;
    private static final long SMALL_WORKSPACE = 4L << 20;

    private static final AtomicLong DRIVERS = new AtomicLong();

    /** Which driver's device is current for a thread. */
    private static final ThreadLocal<Long> CURRENT = new ThreadLocal<>();

    private final Long id = DRIVERS.incrementAndGet();
    private final int number;
    private final Code code;
    private final long workspace;
    private final String name;
    private final String architecture;
    private final CUctx_st context = new CUctx_st();
    private final Map<DType, CUmod_st> modules = new EnumMap<>(DType.class);
    private volatile Runnable whenLost = () -> { };
    private final AtomicBoolean lost = new AtomicBoolean();
    private final Object recordingOrWaiting = new Object();
    private volatile boolean retained;

    /** Provides the kernels' machine code. */
    @FunctionalInterface
    interface Code {
        byte[] of(String architecture, DType dtype);
    }

    /** @return the number of devices; 0 if the driver can't reach any */
    static int devices() {
        int[] count = new int[1];
        int error = cuInit(0);
        if (error == CUDA_ERROR_NO_DEVICE) {
            return 0;
        }
        checkCall(error);
        checkCall(cuDeviceGetCount(count));
        return count[0];
    }

    /** @param number from 0 */
    CudaDriver(int number, Code code) {
        this.number = number;
        this.code = code;
        byte[] text = new byte[256];
        checkCall(cuDeviceGetName(text, text.length, number));
        int major = attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
        int minor = attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        name = new String(text, StandardCharsets.UTF_8).split("\0", 2)[0] + ", compute capability " + major + "." + minor;
        architecture = "sm_" + major + minor;
        workspace = major < 9 ? SMALL_WORKSPACE : WORKSPACE;
    }

    private int attribute(int attribute) {
        int[] value = new int[1];
        checkCall(cuDeviceGetAttribute(value, attribute, number));
        return value[0];
    }

    @Override
    public void whenLost(Runnable action) {
        whenLost = action;
    }

    /** Makes this device current for the calling thread. The first call allocates memory on the device. */
    void enter() {
        if (lost.get()) {
            throw lost("an earlier error");
        }
        if (!retained) {
            retain();
        }
        if (!id.equals(CURRENT.get())) {
            check(cuCtxSetCurrent(context));
            CURRENT.set(id);
        }
    }

    private synchronized void retain() {
        if (!retained) {
            check(cuDevicePrimaryCtxRetain(context, number));
            retained = true;
        }
    }

    /** @return the bytes of cuBLAS's working memory, for each stream */
    long workspace() {
        return workspace;
    }

    /** @return whose monitor is held by whoever records work, or waits for all of the device: CUDA refuses both at once */
    Object recordingOrWaiting() {
        return recordingOrWaiting;
    }

    boolean isLost() {
        return lost.get();
    }

    private DeviceException lost(String why) {
        return new DeviceException(DeviceException.Kind.LOST, name + " can't be used any more after " + why
                + ": start perk again");
    }

    /** @throws DeviceException if a call of the driver API failed */
    void check(int error) {
        if (FATAL.contains(error)) {
            if (lost.compareAndSet(false, true)) {
                whenLost.run();
            }
            throw lost(describe(error));
        }
        checkCall(error);
    }

    /** @throws DeviceException if a call of cuBLAS failed, or work before it */
    void checkBlas(int status) {
        if (status != cublas.CUBLAS_STATUS_SUCCESS) {
            check(cuCtxSynchronize()); // reports errors of the device itself
            throw new DeviceException(status == cublas.CUBLAS_STATUS_ALLOC_FAILED ? DeviceException.Kind.OUT_OF_MEMORY
                    : DeviceException.Kind.REFUSED, "cuBLAS: " + cublas.cublasGetStatusString(status).getString());
        }
    }

    private static void checkCall(int error) {
        if (error != CUDA_SUCCESS) {
            throw new DeviceException(error == CUDA_ERROR_OUT_OF_MEMORY ? DeviceException.Kind.OUT_OF_MEMORY
                    : DeviceException.Kind.REFUSED, "CUDA: " + describe(error));
        }
    }

    private static String describe(int error) {
        try (PointerPointer<BytePointer> text = new PointerPointer<>(1)) {
            cuGetErrorName(error, text);
            String name = text.get(BytePointer.class, 0).getString();
            cuGetErrorString(error, text);
            return name + " (" + text.get(BytePointer.class, 0).getString() + ")";
        }
    }

    @Override
    public String device() {
        return name;
    }

    @Override
    public long allocate(long bytes) {
        enter();
        long[] address = new long[1];
        check(cuMemAlloc(address, bytes));
        return address[0];
    }

    @Override
    public void free(long address) {
        enter();
        check(cuMemFree(address));
    }

    @Override
    public Capacity capacity() {
        enter();
        try (SizeTPointer free = new SizeTPointer(1); SizeTPointer total = new SizeTPointer(1)) {
            check(cuMemGetInfo(free, total));
            return new Capacity(free.get(), total.get());
        }
    }

    @Override
    public void synchronize() {
        enter();
        synchronized (recordingOrWaiting) {
            check(cuCtxSynchronize());
        }
    }

    @Override
    public Stream stream(DType dtype) {
        enter();
        return new CudaStream(this, module(dtype));
    }

    private synchronized CUmod_st module(DType dtype) {
        CUmod_st module = modules.get(dtype);
        if (module == null) {
            module = new CUmod_st();
            try (BytePointer image = new BytePointer(code.of(architecture, dtype))) {
                check(cuModuleLoadData(module, image));
            }
            modules.put(dtype, module);
        }
        return module;
    }

    @Override
    public synchronized void close() {
        if (retained) {
            if (!isLost()) {
                enter();
                modules.values().forEach(module -> check(cuModuleUnload(module)));
            }
            modules.clear();
            checkCall(cuDevicePrimaryCtxRelease(number));
            retained = false;
        }
    }
}
