package org.perk4j.backend.cuda;

import static org.bytedeco.cuda.global.cublas.*;
import static org.bytedeco.cuda.global.cudart.*;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** A CUDA stream with its cuBLAS handle. */
final class CudaStream implements Stream {

    private static final int MOST_ARGUMENTS = 32;

    private final CudaDriver driver;
    private final CUmod_st module;
    private final CUstream_st stream = new CUstream_st();
    private final cublasContext blas = new cublasContext();
    private final Map<String, CUfunc_st> functions = new HashMap<>();
    private final BytePointer arguments = new BytePointer(MOST_BYTES);
    private final PointerPointer<Pointer> places = new PointerPointer<>(MOST_ARGUMENTS);
    private final ByteBuffer argumentBytes = arguments.asByteBuffer();
    private final Factor alpha = new Factor();
    private final Factor beta = new Factor();
    private final long workspace;
    private boolean closed;

    /** The device must be current. */
    CudaStream(CudaDriver driver, CUmod_st module) {
        this.driver = driver;
        this.module = module;
        for (int i = 0; i < MOST_ARGUMENTS; i++) {
            places.put(i, new Address(arguments.address() + (long) i * ARGUMENT));
        }
        // Not cuBLAS's own, which it would allocate while work is recorded; as large as that.
        workspace = driver.allocate(driver.workspace());
        driver.check(cuStreamCreate(stream, CU_STREAM_NON_BLOCKING));
        driver.checkBlas(cublasCreate_v2(blas));
        driver.checkBlas(cublasSetStream_v2(blas, stream));
        driver.checkBlas(cublasSetWorkspace_v2(blas, new Address(workspace), driver.workspace()));
    }

    /** A factor of a product, in both of the types that products have. */
    private static final class Factor {

        private final FloatPointer single = new FloatPointer(1);
        private final DoublePointer wide = new DoublePointer(1);
        private final FloatBuffer ofSingle = single.asBuffer();
        private final DoubleBuffer ofWide = wide.asBuffer();

        Pointer set(double value, boolean isWide) {
            if (isWide) {
                ofWide.put(0, value);
                return wide;
            }
            ofSingle.put(0, (float) value);
            return single;
        }

        void close() {
            single.close();
            wide.close();
        }
    }

    /** An address in the form that the bindings need. */
    private static final class Address extends Pointer {
        Address(long at) {
            address = at;
        }
    }

    @Override
    public void upload(long to, ByteBuffer from) {
        driver.enter();
        // From unpinned memory: returns when all of it has been copied to the driver's buffer
        driver.check(cuMemcpyHtoDAsync(to, new Pointer(from), from.remaining(), stream));
    }

    @Override
    public void download(ByteBuffer to, long from) {
        driver.enter();
        driver.check(cuMemcpyDtoHAsync(new Pointer(to), from, to.remaining(), stream));
        driver.check(cuStreamSynchronize(stream));
    }

    @Override
    public void copy(long to, long from, long bytes) {
        driver.enter();
        driver.check(cuMemcpyDtoDAsync(to, from, bytes, stream));
    }

    @Override
    public void clear(long at, long bytes) {
        driver.enter();
        driver.check(cuMemsetD8Async(at, (byte) 0, bytes, stream));
    }

    @Override
    public void launch(String kernel, int blocks, ByteBuffer arguments) {
        driver.enter();
        argumentBytes.put(0, arguments, arguments.position(), arguments.remaining());
        driver.check(cuLaunchKernel(functions.computeIfAbsent(kernel, this::function), blocks, 1, 1, BLOCK, 1, 1, 0, stream,
                places, null));
    }

    private CUfunc_st function(String kernel) {
        CUfunc_st function = new CUfunc_st();
        driver.check(cuModuleGetFunction(function, module, kernel));
        return function;
    }

    @Override
    public void multiply(Precision precision, int m, int n, int k, double alpha, long a, boolean transposeA, long b,
                         boolean transposeB, double beta, long c) {
        driver.enter();
        boolean wide = precision == Precision.FLOAT64;
        Pointer scale = this.alpha.set(alpha, wide);
        Pointer keep = this.beta.set(beta, wide);
        int result = wide ? CUDA_R_64F : CUDA_R_32F;
        int factor = precision == Precision.BFLOAT16 ? CUDA_R_16BF : result;
        int sums = switch (precision) {
            case FLOAT64 -> CUBLAS_COMPUTE_64F;
            case TFLOAT32 -> CUBLAS_COMPUTE_32F_FAST_TF32;
            case FLOAT32, BFLOAT16 -> CUBLAS_COMPUTE_32F;
        };
        // cuBLAS is column-major: it sees the transpose of each matrix, and bᵀ·aᵀ is that of the product
        driver.checkBlas(cublasGemmEx(blas, transposeB ? CUBLAS_OP_T : CUBLAS_OP_N, transposeA ? CUBLAS_OP_T : CUBLAS_OP_N,
                n, m, k, scale, new Address(b), factor, transposeB ? k : n, new Address(a), factor, transposeA ? m : k, keep,
                new Address(c), result, n, sums, CUBLAS_GEMM_DEFAULT));
    }

    @Override
    public void synchronize() {
        driver.enter();
        driver.check(cuStreamSynchronize(stream));
    }

    @Override
    public Graph record(Runnable work) {
        driver.enter();
        CUgraph_st graph = captured(work);
        CUgraphExec_st executable = new CUgraphExec_st();
        try {
            driver.check(cuGraphInstantiate(executable, graph, 0));
        } finally {
            driver.check(cuGraphDestroy(graph));
        }
        return new CudaGraph(executable);
    }

    private CUgraph_st captured(Runnable work) {
        CUgraph_st graph = new CUgraph_st();
        synchronized (driver.recordingOrWaiting()) {
            driver.check(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
            try {
                work.run();
            } catch (RuntimeException e) {
                cuStreamEndCapture(stream, graph); // says no more than what went wrong
                throw e;
            }
            driver.check(cuStreamEndCapture(stream, graph));
        }
        return graph;
    }

    private final class CudaGraph implements Graph {

        private final CUgraphExec_st executable;

        CudaGraph(CUgraphExec_st executable) {
            this.executable = executable;
        }

        @Override
        public void launch() {
            driver.enter();
            driver.check(cuGraphLaunch(executable, stream));
        }

        @Override
        public void close() {
            if (!driver.isLost()) {
                driver.enter();
                driver.check(cuGraphExecDestroy(executable));
            }
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (!driver.isLost()) { // a lost device has lost its streams too
                synchronize();
                driver.checkBlas(cublasDestroy_v2(blas));
                driver.check(cuStreamDestroy(stream));
                driver.free(workspace);
            }
        } finally {
            arguments.close();
            places.close();
            alpha.close();
            beta.close();
        }
    }
}
