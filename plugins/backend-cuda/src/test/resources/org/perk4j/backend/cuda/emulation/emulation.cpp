// The part of the CUDA driver API, cuBLAS and NVRTC that the backend uses, on a CPU. Work is done when it is asked for; a
// stream has nothing to wait for. Work that is recorded is done when its graph is launched, with arguments as they were.
// Device memory is the host's, begins as not-a-number, and is checked: see emulation.h.
//
// Environment: EMULATED_DEVICES says how many devices there are, 1 unless given; EMULATED_LOSS=1:500, that the device 1 is lost
// when it is asked for its 500th launch.
#include "emulation.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <ucontext.h>
#include <vector>

namespace emulation {

Position block, blocks, thread, threads;
uint32_t launchNumber, self, firstOfBlock, blockEpoch, warpEpoch, phase;
uint64_t exchange[2][MOST_THREADS];
uint8_t turn[MOST_THREADS];

static std::mutex oneAtATime;
static std::string message = "no error";

// ---- devices

struct Device {
    size_t allocated = 0;
    long launches = 0;
    int broken = 0; // sticky, as on a device: after a failed launch nothing works any more, until the context is released
};

enum { MOST_DEVICES = 8 };
static Device devices[MOST_DEVICES];
static thread_local Device* current;

// ---- memory

static std::map<uintptr_t, Allocation> allocations;
static const size_t CAPACITY = size_t(2) << 30;

Allocation* allocationOf(const void* address) {
    auto next = allocations.upper_bound((uintptr_t) address);
    if (next == allocations.begin()) {
        fail("an address outside of all allocations");
    }
    Allocation* a = &std::prev(next)->second;
    if ((char*) address > a->base + a->bytes) {
        fail("an address outside of all allocations");
    }
    if (a->home != current) {
        fail("an address on another device");
    }
    return a;
}

static bool inside(const void* address, size_t bytes) {
    auto next = allocations.upper_bound((uintptr_t) address);
    if (next == allocations.begin()) {
        return bytes == 0;
    }
    const Allocation& a = std::prev(next)->second;
    return a.home == current && (char*) address + bytes <= a.base + a.bytes;
}

// ---- fibers

enum State { READY, AT_BLOCK, AT_WARP, DONE };
enum Leave { YIELDED, FAILED };

static const size_t STACK = 64 << 10;

// Where something goes on. By the compiler's own jumps: what the C library's do besides takes as long as most kernels do
// between two barriers.
typedef void* Point[5];

// The compiler is not to look into functions that jump: it would take one that sets a point, too, for one that never goes
// on, and registers that nothing in it changes for unchanged when another fiber has run meanwhile.
#define JUMPS [[gnu::noipa]]

JUMPS [[noreturn]] static void goOn(Point at) { __builtin_longjmp(at, 1); }

struct Fiber {
    std::unique_ptr<char[]> stack;
    ucontext_t start;
    Point resume;
    bool begun = false;
    State state = DONE;
};

static Fiber fibers[MOST_THREADS];
static Point scheduler;
static Leave left;
static uint32_t warpEpochs[MOST_THREADS / THREADS_PER_WARP];
static void (*body)(void**);
static void** arguments;

JUMPS static void leave(Leave how) {
    left = how;
    if (how == FAILED || __builtin_setjmp(fibers[thread.x].resume) == 0) {
        goOn(scheduler);
    }
}

// A fiber lives on from block to block: making one takes system calls, going on with it doesn't.
static void run() {
    for (;;) {
        body(arguments);
        fibers[thread.x].state = DONE;
        leave(YIELDED);
    }
}

JUMPS static bool resume(unsigned t) {
    Fiber& f = fibers[t];
    thread.x = t;
    self = firstOfBlock + t;
    warpEpoch = warpEpochs[t / THREADS_PER_WARP];
    if (__builtin_setjmp(scheduler) == 0) {
        if (f.begun) {
            goOn(f.resume);
        }
        f.begun = true;
        if (!f.stack) {
            f.stack.reset(new char[STACK]);
        }
        getcontext(&f.start);
        f.start.uc_stack.ss_sp = f.stack.get();
        f.start.uc_stack.ss_size = STACK;
        f.start.uc_link = nullptr;
        makecontext(&f.start, run, 0);
        setcontext(&f.start);
    }
    return left != FAILED;
}

void fail(const std::string& what) {
    message = "block " + std::to_string(block.x) + ", thread " + std::to_string(thread.x) + ": " + what;
    leave(FAILED);
    std::abort();
}

void failAt(long long element, const char* what) { fail("element " + std::to_string(element) + " " + what); }

void failRace(const char* what, uint32_t other) {
    fail(std::string(what) + " without a barrier between: "
         + (other == SEVERAL ? "several threads" : "thread " + std::to_string(other % threads.x) + " of block "
            + std::to_string(other / threads.x)));
}

void blockBarrier() {
    fibers[thread.x].state = AT_BLOCK;
    leave(YIELDED);
}

void warpBarrier(bool ordersMemory) {
    fibers[thread.x].state = AT_WARP;
    uint32_t before = warpEpoch;
    leave(YIELDED);
    if (ordersMemory && warpEpochs[thread.x / THREADS_PER_WARP] == before) {
        warpEpochs[thread.x / THREADS_PER_WARP]++; // the first lane to go on; the others are told by resume()
    }
    warpEpoch = warpEpochs[thread.x / THREADS_PER_WARP];
}

// Runs the lanes of a warp until all of them are done, or wait for the block.
static bool runWarp(unsigned first, unsigned end) {
    for (;;) {
        unsigned waiting = 0, atWarp = 0;
        for (unsigned t = first; t < end; t++) {
            if (fibers[t].state == READY && !resume(t)) {
                return false;
            }
        }
        for (unsigned t = first; t < end; t++) {
            waiting += fibers[t].state != DONE;
            atWarp += fibers[t].state == AT_WARP;
        }
        if (atWarp == 0) {
            return true;
        }
        if (atWarp < THREADS_PER_WARP) {
            message = "block " + std::to_string(block.x) + ": " + std::to_string(atWarp)
                      + " lanes wait for their warp, the others don't come";
            return false;
        }
        for (unsigned t = first; t < end; t++) {
            fibers[t].state = READY;
        }
    }
}

static bool runBlock() {
    blockEpoch = 0;
    phase++;
    for (auto& epoch : warpEpochs) {
        epoch = 0;
    }
    for (unsigned t = 0; t < threads.x; t++) {
        fibers[t].state = READY;
    }
    for (;;) {
        unsigned waiting = 0;
        for (unsigned first = 0; first < threads.x; first += THREADS_PER_WARP) {
            if (!runWarp(first, std::min(first + THREADS_PER_WARP, threads.x))) {
                return false;
            }
        }
        for (unsigned t = 0; t < threads.x; t++) {
            waiting += fibers[t].state == AT_BLOCK;
        }
        if (waiting == 0) {
            return true;
        }
        if (waiting < threads.x) {
            message = "block " + std::to_string(block.x) + ": " + std::to_string(waiting)
                      + " threads wait for their block, the others are done";
            return false;
        }
        blockEpoch++;
        phase++;
        for (auto& epoch : warpEpochs) {
            epoch++;
        }
        for (unsigned t = 0; t < threads.x; t++) {
            fibers[t].state = READY;
        }
    }
}

static bool launch(const Entry& kernel, unsigned grid, unsigned size, void** with) {
    launchNumber++;
    blocks.x = grid;
    threads.x = size;
    body = kernel.run;
    arguments = with;
    for (block.x = 0; block.x < grid; block.x++) {
        firstOfBlock = block.x * size;
        if (!runBlock()) {
            message = std::string("kernel ") + kernel.name + ", " + message;
            for (Fiber& f : fibers) {
                f.begun = false; // their stacks are left as they are
            }
            std::memset(turn, 0, sizeof(turn)); // lanes that exchanged nothing are behind others
            return false;
        }
    }
    return true;
}

} // namespace emulation

using namespace emulation;
typedef std::lock_guard<std::mutex> Lock;
typedef unsigned long long DevicePointer;

enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_CONTEXT = 201, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700,
       LAUNCH_FAILED = 719, NOT_RECORDED = 900 };

typedef std::vector<std::function<int()>> Graph;

struct Stream {
    Graph* recording = nullptr;
};

struct Blas {
    Stream* stream = nullptr;
};

static int fault(const std::string& what, int error = ILLEGAL_ADDRESS) {
    message = what;
    return current->broken = error;
}

// What calls about a device return that go well by themselves.
static int state() {
    if (!current) {
        message = "this thread has entered no device";
        return INVALID_CONTEXT;
    }
    return current->broken;
}

// Does what is asked for, or records it.
template <class F> static int doOrRecord(Stream* stream, F work) {
    if (state()) {
        return state();
    }
    if (stream->recording) {
        stream->recording->push_back(work);
        return SUCCESS;
    }
    return work();
}

static std::atomic<int> recordings{0};

static int refused(const std::string& what) {
    message = what;
    return NOT_RECORDED;
}

static int notRecorded(Stream* stream) {
    if (state() || !stream->recording) {
        return state();
    }
    return refused("a copy to or from the host isn't recorded, nor waited for");
}

static bool lostNow() {
    int device;
    long launch;
    const char* loss = std::getenv("EMULATED_LOSS");
    return loss && std::sscanf(loss, "%d:%ld", &device, &launch) == 2 && current == &devices[device]
           && current->launches == launch;
}

#pragma GCC visibility push(default)
extern "C" {

// ---- the driver API

int cuInit(unsigned) { return SUCCESS; }

int cuDriverGetVersion(int* version) {
    *version = 13010;
    return SUCCESS;
}

// NVIDIA's compiler asks a driver that is loaded for what it doesn't document; without an answer it does without.
int cuGetExportTable(const void**, const void*) { return NOT_FOUND; }

int cuDeviceGetCount(int* count) {
    *count = std::getenv("EMULATED_DEVICES") ? std::atoi(std::getenv("EMULATED_DEVICES")) : 1;
    return SUCCESS;
}

int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return SUCCESS;
}

int cuDeviceGetName(char* name, int length, int) {
    std::snprintf(name, length, "emulated device");
    return SUCCESS;
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
    *value = attribute == 75 ? 8 : 0; // compute capability 8.0
    return SUCCESS;
}

int cuDeviceTotalMem_v2(size_t* bytes, int) {
    *bytes = CAPACITY;
    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** context, int device) {
    *context = &devices[device];
    return SUCCESS;
}

int cuDevicePrimaryCtxRelease_v2(int device) {
    devices[device].broken = SUCCESS;
    return SUCCESS;
}

int cuCtxSetCurrent(void* context) {
    current = (Device*) context;
    return SUCCESS;
}
int cuCtxSynchronize() {
    return recordings > 0 ? refused("a device isn't waited for while a stream of it records") : state();
}
int cuStreamCreate(Stream** stream, unsigned) {
    *stream = new Stream;
    return state();
}
int cuStreamDestroy_v2(Stream* stream) {
    delete stream;
    return state();
}
int cuStreamSynchronize(Stream* stream) { return notRecorded(stream); }

int cuStreamBeginCapture_v2(Stream* stream, int) {
    stream->recording = new Graph;
    recordings++;
    return state();
}
int cuStreamEndCapture(Stream* stream, Graph** graph) {
    *graph = stream->recording;
    stream->recording = nullptr;
    recordings--;
    return state();
}
int cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, unsigned long long) {
    *executable = new Graph(*graph);
    return state();
}
int cuGraphDestroy(Graph* graph) {
    delete graph;
    return state();
}
int cuGraphExecDestroy(Graph* executable) {
    delete executable;
    return state();
}
int cuGraphLaunch(Graph* executable, Stream* stream) {
    Lock lock(oneAtATime);
    for (auto& work : *executable) {
        int error = doOrRecord(stream, work);
        if (error) {
            return error;
        }
    }
    return state();
}

int cuGetErrorName(int error, const char** name) {
    *name = error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : error == ILLEGAL_ADDRESS ? "CUDA_ERROR_ILLEGAL_ADDRESS"
            : error == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : error == INVALID_CONTEXT ? "CUDA_ERROR_INVALID_CONTEXT"
            : "CUDA_ERROR_INVALID_VALUE";
    return SUCCESS;
}

int cuGetErrorString(int, const char** text) {
    *text = message.c_str();
    return SUCCESS;
}

int cuMemGetInfo_v2(size_t* free, size_t* total) {
    Lock lock(oneAtATime);
    if (state()) {
        return state();
    }
    *free = CAPACITY - current->allocated;
    *total = CAPACITY;
    return SUCCESS;
}

int cuMemAlloc_v2(DevicePointer* address, size_t bytes) {
    Lock lock(oneAtATime);
    if (state()) {
        return state();
    }
    if (bytes == 0) {
        return INVALID_VALUE;
    }
    if (current->allocated + bytes > CAPACITY) {
        message = "out of memory";
        return OUT_OF_MEMORY;
    }
    Allocation a;
    a.home = current;
    a.base = (char*) std::malloc(bytes);
    a.bytes = bytes;
    a.words = (Word*) std::calloc(8 / BYTES_PER_WORD * a.eights(), sizeof(Word));
    std::memset(a.base, 0xff, bytes); // not a number, in either precision
    allocations[(uintptr_t) a.base] = a;
    current->allocated += bytes;
    *address = (DevicePointer) a.base;
    return SUCCESS;
}

int cuMemFree_v2(DevicePointer address) {
    Lock lock(oneAtATime);
    auto found = allocations.find((uintptr_t) address);
    if (found == allocations.end() || found->second.home != current) {
        message = "what is freed was not allocated";
        return INVALID_VALUE;
    }
    std::free(found->second.base);
    std::free(found->second.words);
    current->allocated -= found->second.bytes;
    allocations.erase(found);
    return current->broken;
}

int cuMemcpyHtoDAsync_v2(DevicePointer to, const void* from, size_t bytes, Stream* stream) {
    Lock lock(oneAtATime);
    if (notRecorded(stream)) {
        return notRecorded(stream);
    }
    if (!inside((void*) to, bytes)) {
        return fault("a copy to the device goes beyond its allocation");
    }
    std::memcpy((void*) to, from, bytes);
    return current->broken;
}

int cuMemcpyDtoHAsync_v2(void* to, DevicePointer from, size_t bytes, Stream* stream) {
    Lock lock(oneAtATime);
    if (notRecorded(stream)) {
        return notRecorded(stream);
    }
    if (!inside((void*) from, bytes)) {
        return fault("a copy to the host goes beyond its allocation");
    }
    std::memcpy(to, (void*) from, bytes);
    return current->broken;
}

int cuMemcpyDtoDAsync_v2(DevicePointer to, DevicePointer from, size_t bytes, Stream* stream) {
    Lock lock(oneAtATime);
    return doOrRecord(stream, [=] {
        if (!inside((void*) from, bytes) || !inside((void*) to, bytes)) {
            return fault("a copy on the device goes beyond its allocation");
        }
        std::memcpy((void*) to, (void*) from, bytes);
        return current->broken;
    });
}

int cuMemsetD8Async(DevicePointer at, unsigned char value, size_t bytes, Stream* stream) {
    Lock lock(oneAtATime);
    return doOrRecord(stream, [=] {
        if (!inside((void*) at, bytes)) {
            return fault("a memset goes beyond its allocation");
        }
        std::memset((void*) at, value, bytes);
        return current->broken;
    });
}

int cuModuleLoadData(void** module, const void* image) {
    if (std::strcmp((const char*) image, "float") && std::strcmp((const char*) image, "double")) {
        return INVALID_VALUE;
    }
    *module = (void*) (std::strcmp((const char*) image, "float") == 0 ? single : twice);
    return SUCCESS;
}

int cuModuleUnload(void*) { return SUCCESS; }

int cuModuleGetFunction(void** function, void* module, const char* name) {
    for (const Entry* e = (const Entry*) module; e->name; e++) {
        if (std::strcmp(e->name, name) == 0) {
            *function = (void*) e;
            return SUCCESS;
        }
    }
    message = std::string("there is no kernel ") + name;
    return NOT_FOUND;
}

static int launchNow(const Entry& kernel, unsigned blocks, unsigned threads, void** with) {
    current->launches++;
    if (lostNow()) {
        return fault("this device is lost, as wanted", LAUNCH_FAILED);
    }
    return launch(kernel, blocks, threads, with) ? SUCCESS : fault(message);
}

int cuLaunchKernel(void* function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned threadsX, unsigned threadsY,
                   unsigned threadsZ, unsigned, Stream* stream, void** with, void**) {
    Lock lock(oneAtATime);
    if (gridX == 0 || threadsX == 0 || threadsX > MOST_THREADS || gridY * gridZ * threadsY * threadsZ != 1) {
        message = "an impossible grid";
        return INVALID_VALUE;
    }
    const Entry& kernel = *(const Entry*) function;
    // The backend lays arguments side by side, each of which but the last has 16 bytes.
    auto copies = std::make_shared<std::vector<char>>((const char*) with[0], (const char*) with[0] + kernel.bytes);
    return doOrRecord(stream, [=, &kernel] {
        std::vector<void*> places;
        for (size_t i = 0; i < kernel.count; i++) {
            places.push_back(copies->data() + 16 * i);
        }
        return launchNow(kernel, gridX, threadsX, places.data());
    });
}

// ---- cuBLAS

int cublasCreate_v2(Blas** handle) {
    *handle = new Blas;
    return SUCCESS;
}
int cublasDestroy_v2(Blas* handle) {
    delete handle;
    return SUCCESS;
}
int cublasSetStream_v2(Blas* handle, Stream* stream) {
    handle->stream = stream;
    return SUCCESS;
}
int cublasSetWorkspace_v2(Blas*, void* at, size_t bytes) {
    Lock lock(oneAtATime);
    return inside(at, bytes) ? SUCCESS : INVALID_VALUE;
}
const char* cublasGetStatusString(int) { return message.c_str(); }

} // extern "C"
#pragma GCC visibility pop

static float widened(unsigned short x) {
    unsigned bits = unsigned(x) << 16;
    float f;
    std::memcpy(&f, &bits, 4);
    return f;
}
static float widened(float x) { return x; }

/** A float of which a product takes 11 bits, to the nearest or else the even one; not a number stays that. */
struct Tfloat32 {
    float given;
};
static float widened(Tfloat32 x) {
    unsigned bits;
    std::memcpy(&bits, &x.given, 4);
    if (x.given == x.given) {
        bits = (bits + 0xfff + (bits >> 13 & 1)) & ~0x1fffu;
    }
    float f;
    std::memcpy(&f, &bits, 4);
    return f;
}
static double widened(double x) { return x; }

// Column by column, as BLAS has it. Each product is made of whole columns of a, so that the inner loop is over neighbours.
template <class T, class R>
static int gemm(bool ta, bool tb, int m, int n, int k, R alpha, const T* a, int lda, const T* b, int ldb, R beta, R* c,
                int ldc) {
    auto extent = [](bool t, int rows, int columns, int ld) {
        int across = t ? rows : columns, along = t ? columns : rows;
        return across == 0 || along == 0 ? 0 : size_t(across - 1) * ld + along;
    };
    if (lda < std::max(1, ta ? k : m) || ldb < std::max(1, tb ? n : k) || ldc < std::max(1, m)) {
        message = "a leading dimension is too small";
        return INVALID_VALUE;
    }
    if (!inside(a, extent(ta, m, k, lda) * sizeof(T)) || !inside(b, extent(tb, k, n, ldb) * sizeof(T))
        || !inside(c, extent(false, m, n, ldc) * sizeof(R))) {
        return fault("a matrix of a product goes beyond its allocation");
    }
    std::vector<R> columns(size_t(m) * k), column(m);
    for (int p = 0; p < k; p++) {
        for (int i = 0; i < m; i++) {
            columns[size_t(p) * m + i] = widened(ta ? a[size_t(i) * lda + p] : a[size_t(p) * lda + i]);
        }
    }
    for (int j = 0; j < n; j++) {
        std::fill(column.begin(), column.end(), R(0));
        for (int p = 0; p < k; p++) {
            R factor = widened(tb ? b[size_t(p) * ldb + j] : b[size_t(j) * ldb + p]);
            const R* from = &columns[size_t(p) * m];
            for (int i = 0; i < m; i++) {
                column[i] += factor * from[i];
            }
        }
        for (int i = 0; i < m; i++) {
            R& r = c[size_t(j) * ldc + i];
            r = alpha * column[i] + (beta == 0 ? 0 : beta * r);
        }
    }
    return current->broken;
}

#pragma GCC visibility push(default)
extern "C" {

int cublasGemmEx(Blas* handle, int ta, int tb, int m, int n, int k, const void* alpha, const void* a, int aType, int lda,
                 const void* b, int bType, int ldb, const void* beta, void* c, int cType, int ldc, int computeType, int) {
    enum { FLOAT = 0, DOUBLE = 1, BFLOAT16 = 14, COMPUTE_32F = 68, COMPUTE_64F = 70, COMPUTE_32F_FAST_TF32 = 77 };
    Lock lock(oneAtATime);
    bool wide = computeType == COMPUTE_64F;
    double x = wide ? *(const double*) alpha : *(const float*) alpha;
    double y = wide ? *(const double*) beta : *(const float*) beta;
    if (aType == DOUBLE && bType == DOUBLE && cType == DOUBLE && wide) {
        return doOrRecord(handle->stream, [=] {
            return gemm(ta, tb, m, n, k, x, (const double*) a, lda, (const double*) b, ldb, y, (double*) c, ldc);
        });
    }
    if (aType == FLOAT && bType == FLOAT && cType == FLOAT && computeType == COMPUTE_32F) {
        return doOrRecord(handle->stream, [=] {
            return gemm(ta, tb, m, n, k, float(x), (const float*) a, lda, (const float*) b, ldb, float(y), (float*) c, ldc);
        });
    }
    if (aType == FLOAT && bType == FLOAT && cType == FLOAT && computeType == COMPUTE_32F_FAST_TF32) {
        return doOrRecord(handle->stream, [=] {
            return gemm(ta, tb, m, n, k, float(x), (const Tfloat32*) a, lda, (const Tfloat32*) b, ldb, float(y), (float*) c,
                        ldc);
        });
    }
    if (aType == BFLOAT16 && bType == BFLOAT16 && cType == FLOAT && computeType == COMPUTE_32F) {
        return doOrRecord(handle->stream, [=] {
            return gemm(ta, tb, m, n, k, float(x), (const unsigned short*) a, lda, (const unsigned short*) b, ldb, float(y),
                        (float*) c, ldc);
        });
    }
    message = "such types are not multiplied";
    return INVALID_VALUE;
}

// ---- NVRTC: the kernels are compiled already; the "cubin" says for which type

struct Program {
    std::string real;
};

int nvrtcVersion(int* major, int* minor) {
    *major = 13;
    *minor = 1;
    return SUCCESS;
}
const char* nvrtcGetErrorString(int) { return "emulated"; }
int nvrtcCreateProgram(Program** p, const char*, const char*, int, const char* const*, const char* const*) {
    *p = new Program;
    return SUCCESS;
}
int nvrtcCompileProgram(Program* p, int count, const char* const* options) {
    for (int i = 0; i < count; i++) {
        if (std::strncmp(options[i], "-DREAL=", 7) == 0) {
            p->real = options[i] + 7;
        }
    }
    return SUCCESS;
}
int nvrtcGetProgramLogSize(Program*, size_t* size) {
    *size = 1;
    return SUCCESS;
}
int nvrtcGetProgramLog(Program*, char* log) {
    *log = 0;
    return SUCCESS;
}
int nvrtcGetCUBINSize(Program* p, size_t* size) {
    *size = p->real.size() + 1;
    return SUCCESS;
}
int nvrtcGetCUBIN(Program* p, char* cubin) {
    std::strcpy(cubin, p->real.c_str());
    return SUCCESS;
}
int nvrtcDestroyProgram(Program** p) {
    delete *p;
    *p = nullptr;
    return SUCCESS;
}

} // extern "C"
#pragma GCC visibility pop
