// CUDA's execution model on a CPU, as far as the kernels of the backend need it: grids and blocks of one dimension, shared
// memory, barriers of blocks and warps, shuffles. Each thread of a block is a fiber; blocks run one after another. Checked:
//
// - every access to device memory lies within an allocation, and in an allocation that is still there;
// - no two threads touch the same word of device or shared memory, one of them writing, without a barrier between;
// - all threads of a block or warp come to its barriers;
// - memory is used by the device that it is on.
//
// What goes wrong ends the launch, with a message.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#define EMULATION
#define __device__
#define KERNEL static void
#define ARGUMENT(T) T
#define SHARED(T, name, count) static emulation::Shared<T, count> name

namespace emulation {

enum { THREADS_PER_WARP = 32, MOST_THREADS = 1024 };
// So small that neighbours of any type are told apart
enum { BYTES_PER_WORD = 2 };

struct Position {
    unsigned x;
};

extern Position block, blocks, thread, threads;

// ---- who touched a word last

struct Word {
    uint32_t launch, writer, writerBlockEpoch, writerWarpEpoch, reader, readerBlockEpoch, readerWarpEpoch;
    uint32_t settled; // the phase in which whoever reads it changes nothing here: several have, and none wrote
};

// Threads are numbered throughout a grid: the one that runs, and the first of its block. A phase is what lies between two
// barriers of a block; no two phases have one number, of whatever launch.
extern uint32_t launchNumber, self, firstOfBlock, blockEpoch, warpEpoch, phase;

enum : uint32_t { NOBODY = 0xffffffffu, SEVERAL = 0xfffffffeu };

[[noreturn]] void fail(const std::string& what);
[[noreturn]] void failAt(long long element, const char* what);
[[noreturn]] void failRace(const char* what, uint32_t other);

inline bool ofThisBlock(uint32_t other) { return other - firstOfBlock < threads.x; }

inline bool ordered(uint32_t other, uint32_t otherBlockEpoch, uint32_t otherWarpEpoch) {
    if (other == NOBODY || other == self) {
        return true;
    }
    if (other == SEVERAL) {
        // Several threads read it since a barrier of the block: later barriers of the block order them all.
        return otherBlockEpoch != blockEpoch && otherWarpEpoch == block.x;
    }
    if (!ofThisBlock(other)) {
        return false;
    }
    bool sameWarp = other / THREADS_PER_WARP == self / THREADS_PER_WARP;
    return sameWarp ? otherWarpEpoch != warpEpoch : otherBlockEpoch != blockEpoch;
}

inline void refresh(Word& w) {
    if (w.launch != launchNumber) {
        w = {launchNumber, NOBODY, 0, 0, NOBODY, 0, 0, 0};
    }
}

// For a word that isn't settled
inline void readsAnew(Word& w) {
    refresh(w);
    if (!ordered(w.writer, w.writerBlockEpoch, w.writerWarpEpoch)) {
        failRace("reads what another writes", w.writer);
    }
    if (w.reader == NOBODY || w.reader == self || ordered(w.reader, w.readerBlockEpoch, w.readerWarpEpoch)) {
        w.reader = self;
        w.readerBlockEpoch = blockEpoch;
        w.readerWarpEpoch = warpEpoch;
    } else {
        bool here = w.reader == SEVERAL ? w.readerWarpEpoch == block.x : ofThisBlock(w.reader);
        w.reader = SEVERAL;
        w.readerBlockEpoch = blockEpoch;
        w.readerWarpEpoch = here ? block.x : NOBODY; // NOBODY: in several blocks, which nothing orders
        if (here && (w.writer == NOBODY || w.writerBlockEpoch != blockEpoch)) {
            w.settled = phase;
        }
    }
}

inline void reads(Word& w) {
    if (w.settled != phase) {
        readsAnew(w);
    }
}

inline void writes(Word& w) {
    refresh(w);
    if (!ordered(w.writer, w.writerBlockEpoch, w.writerWarpEpoch)) {
        failRace("writes what another writes", w.writer);
    }
    if (!ordered(w.reader, w.readerBlockEpoch, w.readerWarpEpoch)) {
        failRace("writes what another reads", w.reader);
    }
    w.writer = self;
    w.writerBlockEpoch = blockEpoch;
    w.writerWarpEpoch = warpEpoch;
    w.settled = 0;
}

// ---- device memory

struct Device;

struct Allocation {
    Device* home;
    char* base;
    size_t bytes;
    Word* words;

    // Those of the first place in each 8 bytes come first: where all is floats or doubles, the rest is never touched.
    size_t eights() const { return bytes / 8 + 1; }
    Word& word(const void* element) const {
        size_t at = (const char*) element - base;
        return words[at % 8 / BYTES_PER_WORD * eights() + at / 8];
    }
};

// The allocation that an address handed to a kernel lies in; an address right behind one counts as in it. Memory of another
// device is out of reach.
Allocation* allocationOf(const void* address);

template <class T> class Checked {
public:
    Checked() : p(nullptr), home(nullptr) {}
    explicit Checked(T* p) : p(p), home(p ? allocationOf(p) : nullptr) {}
    explicit operator bool() const { return p; }
    bool operator!() const { return !p; }

protected:
    T* p;
    Allocation* home;

    T* at(long long i) const {
        T* element = p + i;
        if (!home || (char*) element < home->base || (char*) (element + 1) > home->base + home->bytes) {
            failAt(i, "lies outside of its allocation");
        }
        return element;
    }
    Word& word(T* element) const { return home->word(element); }
};

template <class T> class In : public Checked<T> {
public:
    using Checked<T>::Checked;
    T operator[](long long i) const {
        T* e = this->at(i);
        reads(this->word(e));
        return *e;
    }
    bool isAligned(long long i, size_t to) const { return (uintptr_t) this->at(i) % to == 0; }
};

// Neighbouring elements as one F, whose alignment they must have
template <class F, class T> F together(const In<T>& p, long long i) {
    if (!p.isAligned(i, alignof(F))) {
        fail("element " + std::to_string(i) + " begins no " + std::to_string(alignof(F)) + " bytes");
    }
    F f;
    for (size_t j = 0; j < sizeof(F) / sizeof(T); j++) {
        f.x[j] = p[i + j];
    }
    return f;
}

template <class T> class Out : public Checked<T> {
public:
    using Checked<T>::Checked;
    class Element {
    public:
        Element(const Out& home, T* e) : home(home), e(e) {}
        operator T() const {
            reads(home.word(e));
            return *e;
        }
        const Element& operator=(T x) const {
            writes(home.word(e));
            *e = x;
            return *this;
        }
        const Element& operator=(const Element& other) const { return *this = T(other); }

    private:
        const Out& home;
        T* e;
    };
    Element operator[](long long i) const { return Element(*this, this->at(i)); }
};

// ---- shared memory: what a block left there is not to be read by the next, so each begins with new owners

template <class T, int N> class Shared {
public:
    class Element {
    public:
        Element(Shared& home, long long i) : home(home), i(i) {
            if (i < 0 || i >= N) {
                failAt(i, "lies outside of its array in shared memory");
            }
        }
        operator T() const {
            Word& w = home.words[i];
            if (w.settled != phase) {
                readsAnew(w);
                if (!ofThisBlock(w.writer)) {
                    failAt(i, "of shared memory is read before it is written");
                }
            }
            return home.x[i];
        }
        const Element& operator=(T value) const {
            Word& w = home.words[i];
            if (w.launch == launchNumber && w.writer != NOBODY && !ofThisBlock(w.writer)) {
                w.launch = 0;
            }
            writes(w);
            home.x[i] = value;
            return *this;
        }
        const Element& operator=(const Element& other) const { return *this = T(other); }

    private:
        Shared& home;
        long long i;
    };
    Element operator[](long long i) { return Element(*this, i); }

private:
    T x[N];
    Word words[N] = {};
};

// ---- barriers

void blockBarrier();
void warpBarrier(bool ordersMemory);

// Where the lanes of a warp put what they exchange; two, so that one barrier suffices.
extern uint64_t exchange[2][MOST_THREADS];
extern uint8_t turn[MOST_THREADS];

template <class T> T exchanged(T x, int mask) {
    static_assert(sizeof(T) <= 8, "a register");
    uint8_t now = turn[thread.x] ^= 1;
    std::memcpy(&exchange[now][thread.x], &x, sizeof(T));
    warpBarrier(false);
    T other;
    std::memcpy(&other, &exchange[now][thread.x ^ mask], sizeof(T));
    return other;
}

// ---- arguments: each lies in 16 bytes, of which the last may have more

template <class T, class = void> struct Argument {
    enum : size_t { BYTES = sizeof(T) < 16 ? 16 : sizeof(T) };
    static T of(const char* at) {
        T x;
        std::memcpy(&x, at, sizeof(T));
        return x;
    }
};
template <class T> struct Argument<In<T>> {
    enum : size_t { BYTES = 16 };
    static In<T> of(const char* at) { return In<T>(Argument<T*>::of(at)); }
};
template <class T> struct Argument<Out<T>> {
    enum : size_t { BYTES = 16 };
    static Out<T> of(const char* at) { return Out<T>(Argument<T*>::of(at)); }
};
// A matrix: the addresses of its values and its tangents
template <class M> struct Argument<M, std::void_t<decltype(M::v), decltype(M::t)>> {
    enum : size_t { BYTES = 16 };
    static M of(const char* at) { return {Argument<decltype(M::v)>::of(at), Argument<decltype(M::t)>::of(at + 8)}; }
};

// All threads get the same arguments: the first of a launch finds where they lie.
template <auto K> struct Kernel;
template <class... A, void (*K)(A...)> struct Kernel<K> {
    static void run(void** arguments) {
        static std::optional<std::tuple<A...>> found;
        static uint32_t launch;
        if (launch != launchNumber) {
            find(found, arguments, std::index_sequence_for<A...>{});
            launch = launchNumber;
        }
        std::apply(K, *found);
    }
    template <size_t... I>
    static void find(std::optional<std::tuple<A...>>& found, void** arguments, std::index_sequence<I...>) {
        found.emplace(Argument<A>::of((const char*) arguments[I])...);
    }
    enum : size_t { COUNT = sizeof...(A), BYTES = (size_t(Argument<A>::BYTES) + ...) };
};

struct Entry {
    const char* name;
    void (*run)(void** arguments);
    size_t count, bytes; // of the arguments
};

template <auto K> Entry entry(const char* name) { return {name, Kernel<K>::run, Kernel<K>::COUNT, Kernel<K>::BYTES}; }

// The kernels of one compilation, up to an entry without name.
extern const Entry single[], twice[];

} // namespace emulation

// ---- what CUDA C++ has built in

using emulation::In;
using emulation::Out;
using emulation::together;
using std::cos, std::erfc, std::exp, std::fabs, std::fmax, std::log, std::log1p, std::sin, std::sqrt;

#define threadIdx emulation::thread
#define blockIdx emulation::block
#define blockDim emulation::threads
#define gridDim emulation::blocks

inline void __syncthreads() { emulation::blockBarrier(); }
inline void __syncwarp() { emulation::warpBarrier(true); }
template <class T> T __shfl_xor_sync(unsigned, T x, int mask) { return emulation::exchanged(x, mask); }
