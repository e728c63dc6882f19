// All kernels of the backend, in C++17 without headers. NVRTC compiles this file twice for each device, with REAL defined
// as float and as double; the tests compile it with a C++ compiler over an emulation of CUDA.
//
// A matrix is stored row by row. A kernel is written once over a number type N, which is real, or Dual where the result
// has a tangent; an argument without tangent then counts as a constant. No result depends on the device: the order in
// which numbers are summed follows from the shapes alone, and there are no atomic operations.
//
// Blocks are of THREADS threads, in one dimension.

#ifndef EMULATION
#define INFINITY __longlong_as_double(0x7ff0000000000000ll)
#define KERNEL extern "C" __global__ void
#define SHARED(T, name, count) __shared__ __align__(16) T name[count]
// An argument that stays where the device has it, however it is indexed
#define ARGUMENT(T) const __grid_constant__ T
template <class T> using In = const T*;
template <class T> using Out = T*;
// Neighbouring elements as one F, whose alignment they have
template <class F, class T> __device__ F together(In<T> p, long long i) { return *reinterpret_cast<const F*>(p + i); }
#endif

typedef REAL real;
typedef long long Index;

enum { WARP = 32, WARPS = 8, THREADS = WARP * WARPS };

// ---- numbers

struct Dual {
    real v, t;
};

__device__ inline Dual operator+(Dual a, Dual b) { return {a.v + b.v, a.t + b.t}; }
__device__ inline Dual operator-(Dual a, Dual b) { return {a.v - b.v, a.t - b.t}; }
__device__ inline Dual operator*(Dual a, Dual b) { return {a.v * b.v, a.t * b.v + a.v * b.t}; }
__device__ inline Dual operator*(Dual a, real b) { return {a.v * b, a.t * b}; }
__device__ inline Dual operator/(Dual a, real b) { return {a.v / b, a.t / b}; }

__device__ inline real value(real x) { return x; }
__device__ inline real value(Dual x) { return x.v; }

template <class N> __device__ N constant(real x);
template <> __device__ inline real constant<real>(real x) { return x; }
template <> __device__ inline Dual constant<Dual>(real x) { return {x, 0}; }

__device__ inline real exponential(real x) { return exp(x); }
__device__ inline Dual exponential(Dual x) {
    real e = exp(x.v);
    return {e, e * x.t};
}

__device__ inline real quotient(real a, real b) { return a / b; }
__device__ inline Dual quotient(Dual a, Dual b) {
    real q = a.v / b.v;
    return {q, (a.t - q * b.t) / b.v};
}

// Of equal values the one with the larger tangent, lest it depend on the order
__device__ inline real larger(real a, real b) { return fmax(a, b); }
__device__ inline Dual larger(Dual a, Dual b) { return a.v > b.v || (a.v == b.v && a.t > b.t) ? a : b; }

// 1/√x
__device__ inline real inverseRoot(real x) { return 1 / sqrt(x); }
__device__ inline Dual inverseRoot(Dual x) {
    real r = 1 / sqrt(x.v);
    return {r, real(-0.5) * r / x.v * x.t};
}

// ---- matrices

// What is read: values and tangents, the latter null for a constant.
struct View {
    In<real> v, t;
};

// What is written: values, and tangents if there are any.
struct Target {
    Out<real> v, t;
};

template <class N, class M> struct Access;
template <class M> struct Access<real, M> {
    __device__ static real load(const M& x, Index i) { return x.v[i]; }
};
template <class M> struct Access<Dual, M> {
    __device__ static Dual load(const M& x, Index i) { return {x.v[i], x.t ? real(x.t[i]) : real(0)}; }
};
template <class N, class M> __device__ N load(const M& x, Index i) { return Access<N, M>::load(x, i); }

__device__ inline void store(const Target& r, Index i, real x) { r.v[i] = x; }
__device__ inline void store(const Target& r, Index i, Dual x) {
    r.v[i] = x.v;
    r.t[i] = x.t;
}

// Calls f with a zero of the number type that the result r needs.
template <class F> __device__ void compute(const Target& r, F f) {
    if (r.t) {
        f(Dual{0, 0});
    } else {
        f(real(0));
    }
}

// Calls f for each of size elements, one of which each thread begins with.
template <class F> __device__ void each(Index size, F f) {
    for (Index i = Index(blockIdx.x) * THREADS + threadIdx.x; i < size; i += Index(gridDim.x) * THREADS) {
        f(i);
    }
}

// ---- sums

__device__ inline int lane() { return threadIdx.x % WARP; }
__device__ inline int warp() { return threadIdx.x / WARP; }

__device__ inline real fromLane(real x, int mask) { return __shfl_xor_sync(0xffffffffu, x, mask); }
__device__ inline Dual fromLane(Dual x, int mask) { return {fromLane(x.v, mask), fromLane(x.t, mask)}; }

// The sum over a warp, in each of its lanes.
template <class N> __device__ N warpSum(N x) {
    for (int mask = WARP / 2; mask > 0; mask /= 2) {
        x = x + fromLane(x, mask);
    }
    return x;
}

template <class N> __device__ N warpMaximum(N x) {
    for (int mask = WARP / 2; mask > 0; mask /= 2) {
        x = larger(x, fromLane(x, mask));
    }
    return x;
}

// Combines what the warps of a block hold, one number each.
template <class N, class F> __device__ N blockWide(N x, F combine) {
    SHARED(N, parts, WARPS);
    __syncthreads();
    if (lane() == 0) {
        parts[warp()] = x;
    }
    __syncthreads();
    N all = parts[0];
    for (int i = 1; i < WARPS; i++) {
        all = combine(all, N(parts[i]));
    }
    return all;
}

template <class N> __device__ N blockSum(N x) {
    return blockWide(warpSum(x), [](N a, N b) { return a + b; });
}

template <class N> __device__ N blockMaximum(N x) {
    return blockWide(warpMaximum(x), [](N a, N b) { return larger(a, b); });
}

// Threads that take a row together.
struct ByWarp {
    enum { COUNT = WARP };
    __device__ static int index() { return lane(); }
    template <class N> __device__ static N sum(N x) { return warpSum(x); }
};

struct ByBlock {
    enum { COUNT = THREADS };
    __device__ static int index() { return threadIdx.x; }
    template <class N> __device__ static N sum(N x) { return blockSum(x); }
};

// The sum of n numbers, of which f(j) is the j-th.
template <class N, class By = ByWarp, class F> __device__ N sumOf(int n, F f) {
    N sum = constant<N>(0);
    for (int j = By::index(); j < n; j += By::COUNT) {
        sum = sum + f(j);
    }
    return By::sum(sum);
}

// COUNT sums over the lanes whose numbers differ in the bits from LOW to HIGH only. Added up, they are shared among these
// lanes: each has SHARE of them, the sums from first() on, at the beginning of x.
template <int COUNT, int HIGH, int LOW> struct SumsOfLanes {
    enum { SHARE = COUNT * LOW / (2 * HIGH) };
    real x[COUNT] = {};

    __device__ int first() const { return lane() % (2 * HIGH) / LOW * SHARE; }

    __device__ void add() {
        int count = COUNT;
#pragma unroll
        for (int bit = HIGH; bit >= LOW; bit /= 2) {
            count /= 2;
            bool second = lane() & bit;
#pragma unroll
            for (int i = 0; i < COUNT / 2; i++) {
                if (i < count) {
                    real other = fromLane(second ? x[i] : x[i + count], bit);
                    x[i] = (second ? x[i + count] : x[i]) + other;
                }
            }
        }
    }
};

// The row of this warp if each warp has one.
__device__ inline Index warpRow() { return Index(blockIdx.x) * WARPS + warp(); }

// ---- elementwise arithmetic

KERNEL fill(Out<real> r, real x, Index size) {
    each(size, [&](Index i) { r[i] = x; });
}

KERNEL combine(Target r, real alpha, View a, real beta, View b, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, load<N>(a, i) * alpha + load<N>(b, i) * beta); });
    });
}

KERNEL affine(Target r, View a, real scale, real shift, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, load<N>(a, i) * scale + constant<N>(shift)); });
    });
}

KERNEL multiply(Target r, View a, View b, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, load<N>(a, i) * load<N>(b, i)); });
    });
}

// Row i of a times column[i]; with n the size of a, a times a scalar.
KERNEL scaleRows(Target r, View a, View column, Index n, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, load<N>(a, i) * load<N>(column, i / n)); });
    });
}

// In place: sum may be a as well.
KERNEL accumulate(Target sum, real alpha, View a, Index size) {
    compute(sum, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(sum, i, load<N>(sum, i) + load<N>(a, i) * alpha); });
    });
}

// Numbers of bfloat16, the upper halves of floats, to the nearest or else the even one; not a number stays that.
KERNEL toBfloat16(Out<unsigned short> r, In<unsigned> a, Index size) {
    each(size, [&](Index i) {
        unsigned bits = a[i];
        bool nan = (bits & 0x7fffffffu) > 0x7f800000u;
        r[i] = (unsigned short) (nan ? bits >> 16 | 0x40u : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
    });
}

// ---- functions of one variable and their derivatives of order 0 to 2, none of which loses digits in a tail or overflows

__device__ inline real logistic(real x) { return 1 / (1 + exp(-x)); }

// x·σ(w) for a function w of x, given w and its first two derivatives
__device__ inline real gated(int order, real x, real w, real dw, real ddw) {
    real s = logistic(w);
    if (order == 0) {
        return x * s;
    }
    real ds = s * logistic(-w);
    if (ds == 0) {
        return order == 1 ? s : 0; // saturated: nothing moves, however steep w is
    }
    return order == 1 ? s + x * ds * dw : ds * (2 * dw + x * ((1 - 2 * s) * dw * dw + ddw));
}

// As (1 + tanh(u))/2 = σ(2u)
__device__ inline real geluTanh(int order, real x) {
    const real twice = real(1.5957691216057308); // 2·√(2/π)
    const real cubic = real(0.044715);
    return gated(order, x, twice * (x + cubic * x * x * x), twice * (1 + 3 * cubic * x * x), 6 * twice * cubic * x);
}

__device__ inline real gelu(int order, real x) {
    real distribution = real(0.5) * erfc(-x * real(0.7071067811865476));
    if (order == 0) {
        return x * distribution;
    }
    real density = exp(real(-0.5) * x * x) * real(0.3989422804014327);
    if (order == 1) {
        return distribution + x * density;
    }
    return density == 0 ? 0 : density * (2 - x * x);
}

__device__ inline real softplus(int order, real x) {
    switch (order) {
        case 0: return fmax(x, real(0)) + log1p(exp(-fabs(x)));
        case 1: return logistic(x);
        default: return logistic(x) * logistic(-x);
    }
}

__device__ inline real root(int order, real x) {
    real root = sqrt(x);
    switch (order) {
        case 0: return root;
        case 1: return x == 0 ? 0 : real(0.5) / root;
        default: return x == 0 ? 0 : real(-0.25) / (x * root);
    }
}

__device__ inline real reciprocal(int order, real x) {
    switch (order) {
        case 0: return 1 / x;
        case 1: return -1 / (x * x);
        default: return 2 / (x * x * x);
    }
}

// What is not a number stays that.
__device__ inline real sign(real x) { return x > 0 ? real(1) : x < 0 ? real(-1) : x; }

// The slope as 4σ(2x)σ(-2x), which doesn't cancel
__device__ inline real hyperbolicTangent(int order, real x) {
    real slope = 4 * logistic(2 * x) * logistic(-2 * x);
    switch (order) {
        case 0: return tanh(x);
        case 1: return slope;
        default: return -2 * tanh(x) * slope;
    }
}

__device__ inline real logarithm(int order, real x) {
    switch (order) {
        case 0: return log(x);
        case 1: return 1 / x;
        default: return -1 / (x * x);
    }
}

// The functions in the order of the enumeration Activation
__device__ inline real derivative(int function, int order, real x) {
    switch (function) {
        case 0: return geluTanh(order, x);
        case 1: return gelu(order, x);
        case 2: return gated(order, x, x, 1, 0);
        case 3: return softplus(order, x);
        case 4: return root(order, x);
        case 5: return reciprocal(order, x);
        case 6: return order == 0 ? sign(x) : real(0);
        case 7: return hyperbolicTangent(order, x);
        case 8: return exp(x);
        default: return logarithm(order, x);
    }
}

__device__ inline real apply(int function, int order, real x) { return derivative(function, order, x); }
__device__ inline Dual apply(int function, int order, Dual x) {
    return {derivative(function, order, x.v), derivative(function, order + 1, x.v) * x.t};
}

KERNEL map(Target r, View a, int function, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, apply(function, 0, load<N>(a, i))); });
    });
}

KERNEL mapGradient(Target r, View a, View gradient, int function, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, apply(function, 1, load<N>(a, i)) * load<N>(gradient, i)); });
    });
}

// ---- reductions

// A warp sums a row.
KERNEL rowDots(Target r, View a, View b, int rows, int n) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        Index row = warpRow();
        if (row < rows) {
            N sum = sumOf<N>(n, [&](int j) { return load<N>(a, row * n + j) * load<N>(b, row * n + j); });
            if (lane() == 0) {
                store(r, row, sum);
            }
        }
    });
}

// Each block sums what its threads meet in each().
KERNEL dotParts(Target parts, View a, View b, Index size) {
    compute(parts, [&](auto zero) {
        typedef decltype(zero) N;
        N sum = zero;
        each(size, [&](Index i) { sum = sum + load<N>(a, i) * load<N>(b, i); });
        sum = blockSum(sum);
        if (threadIdx.x == 0) {
            store(parts, blockIdx.x, sum);
        }
    });
}

// The sums of each chunk of rows of the m×n matrix a; chunks as many as the rows of r.
KERNEL sumRows(Target r, View a, int m, int n, int chunk) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        Index chunks = (m + chunk - 1) / chunk;
        each(chunks * n, [&](Index i) {
            Index from = i / n * chunk;
            Index to = from + chunk < m ? from + chunk : m;
            N sum = zero;
            for (Index row = from; row < to; row++) {
                sum = sum + load<N>(a, row * n + i % n);
            }
            store(r, i, sum);
        });
    });
}

// Whether a row's largest element, the first of equal ones, is that in its column, if it has one: a block counts what is
// larger, or as large and before it.
KERNEL isFirst(Out<real> r, View scores, In<int> columns, int n) {
    Index first = Index(blockIdx.x) * n;
    int column = columns[blockIdx.x];
    real score = column < 0 ? real(0) : real(scores.v[first + column]);
    real before = column < 0 ? 1 : 0;
    for (int j = threadIdx.x; column >= 0 && j < n; j += THREADS) {
        real other = scores.v[first + j];
        before += other > score || (other == score && j < column) ? 1 : 0;
    }
    before = blockSum(before);
    if (threadIdx.x == 0) {
        r[blockIdx.x] = before == 0 ? 1 : 0;
    }
}

// ---- the largest element of each row

// An element and its column; -1 for one that has no place in the order, NaN or +∞, which counts as the largest.
struct Placed {
    real x;
    int column;
};

__device__ inline Placed larger(Placed a, Placed b) {
    if (a.column < 0 || b.column < 0) {
        return a.column < 0 ? a : b;
    }
    return a.x > b.x || (a.x == b.x && a.column < b.column) ? a : b;
}

__device__ inline Placed fromLane(Placed p, int mask) {
    return {fromLane(p.x, mask), __shfl_xor_sync(0xffffffffu, p.column, mask)};
}

// A block compares a part of a row, one of so many, and stores what is largest, if that is wanted, and its column as a
// number. In a second pass over what was found in the parts, found has the columns of these.
KERNEL largest(Out<real> r, Out<real> columns, In<real> x, In<real> found, int n, int parts) {
    Index row = blockIdx.x / parts;
    Placed best = {real(-INFINITY), n};
    for (int j = blockIdx.x % parts * THREADS + threadIdx.x; j < n; j += parts * THREADS) {
        real element = x[row * n + j];
        int column = found ? int(real(found[row * n + j])) : element < INFINITY ? j : -1;
        best = larger(best, Placed{element, column});
    }
    for (int mask = WARP / 2; mask > 0; mask /= 2) {
        best = larger(best, fromLane(best, mask));
    }
    best = blockWide(best, [](Placed a, Placed b) { return larger(a, b); });
    if (threadIdx.x == 0) {
        columns[blockIdx.x] = real(best.column);
        if (r) {
            r[blockIdx.x] = best.x;
        }
    }
}

// ---- products of few rows
//
// Such a product takes as long as it takes to read the matrix, if that is read once, in pieces of four elements, with many
// of them on their way at once. (cuBLAS takes tiles of more rows, and few of them.) A thread keeps sums of FEW_ROWS rows.

enum { QUAD = 4, FEW_ROWS = 8 };

struct alignas(16) Quad {
    real x[QUAD];
};

__device__ inline Quad quad(const In<real>& p, Index i) { return together<Quad>(p, i); }

__device__ inline Quad zeros() { return {{0, 0, 0, 0}}; }

// r = α·x·W + plus, or without plus. A row of plus begins plusStride after the one before, 0 for a bias.
struct Product {
    Out<real> r;
    In<real> plus;
    Index plusStride;
    In<real> x, w;
    real alpha;
    int m, n, k;

    __device__ void store(int row, int column, real sum) const {
        if (row < m && column < n) {
            Index i = Index(row) * n + column;
            r[i] = plus ? alpha * sum + real(plus[row * plusStride + column]) : alpha * sum;
        }
    }

    // Where a row begins, of a block's from the first on. Instead of rows behind the last one the first is read.
    __device__ int offset(int first, int row) const { return first + row < m ? row * k : 0; }
};

// A block makes STRIP columns of FEW_ROWS rows. Each four lanes take the whole strip of four rows of W, others further ones;
// then the sums of all are summed.
KERNEL fewRows(Out<real> r, In<real> plus, Index plusStride, In<real> x, In<real> w, real alpha, int m, int n, int k) {
    enum { STRIP = 16, LANES = STRIP / QUAD, STEP = THREADS / LANES * QUAD, DEPTH = sizeof(real) == 4 ? 3 : 1,
           SUMS = FEW_ROWS * QUAD };
    SHARED(real, parts, WARPS * FEW_ROWS * STRIP);
    Product p = {r, plus, plusStride, x, w, alpha, m, n, k};
    int strips = (p.n + STRIP - 1) / STRIP;
    int firstRow = blockIdx.x / strips * FEW_ROWS;
    int firstColumn = blockIdx.x % strips * STRIP;
    int column = firstColumn + threadIdx.x % LANES * QUAD;
    int end = column < p.n ? p.k : 0;
    SumsOfLanes<SUMS, WARP / 2, LANES> sums;
    for (int from = threadIdx.x / LANES * QUAD; from < end; from += DEPTH * STEP) {
        Quad w[DEPTH][QUAD];
#pragma unroll
        for (int d = 0; d < DEPTH; d++) {
#pragma unroll
            for (int j = 0; j < QUAD; j++) {
                int i = from + d * STEP + j;
                w[d][j] = i < end ? quad(p.w, Index(i) * p.n + column) : zeros();
            }
        }
#pragma unroll
        for (int d = 0; d < DEPTH; d++) {
            int i = from + d * STEP;
            Index at = Index(firstRow) * p.k + i;
            if (i < end) {
#pragma unroll
                for (int row = 0; row < FEW_ROWS; row++) {
                    Quad x = quad(p.x, at + p.offset(firstRow, row));
#pragma unroll
                    for (int j = 0; j < QUAD; j++) {
#pragma unroll
                        for (int c = 0; c < QUAD; c++) {
                            sums.x[row * QUAD + c] += x.x[j] * w[d][j].x[c];
                        }
                    }
                }
            }
        }
    }
    sums.add();
#pragma unroll
    for (int s = 0; s < sums.SHARE; s++) {
        int i = sums.first() + s;
        parts[(warp() * FEW_ROWS + i / QUAD) * STRIP + threadIdx.x % LANES * QUAD + i % QUAD] = sums.x[s];
    }
    __syncthreads();
    if (threadIdx.x < FEW_ROWS * STRIP) {
        real sum = 0;
#pragma unroll
        for (int part = 0; part < WARPS; part++) {
            sum += parts[part * FEW_ROWS * STRIP + threadIdx.x];
        }
        p.store(firstRow + threadIdx.x / STRIP, firstColumn + threadIdx.x % STRIP, sum);
    }
}

// The same with W transposed, n×k. A warp makes four columns of FEW_ROWS rows, or a share of their sums: of split warps each
// takes every split-th part of the rows of W.
KERNEL fewRowsTransposed(Out<real> r, In<real> plus, Index plusStride, In<real> x, In<real> w, real alpha, int m, int n,
                         int k, int split) {
    enum { SUMS = FEW_ROWS * QUAD, STEP = WARP * QUAD };
    SHARED(real, parts, WARPS * SUMS);
    Product p = {r, plus, plusStride, x, w, alpha, m, n, k};
    int width = WARPS / split * QUAD;
    int strips = (p.n + width - 1) / width;
    int firstRow = blockIdx.x / strips * FEW_ROWS;
    int firstColumn = blockIdx.x % strips * width;
    int column = firstColumn + warp() / split * QUAD;
    SumsOfLanes<SUMS, WARP / 2, 1> sums;
#pragma unroll 1
    for (int i = (warp() % split * WARP + lane()) * QUAD; i < p.k; i += split * STEP) {
        Index at = Index(firstRow) * p.k + i;
        Quad w[QUAD];
#pragma unroll
        for (int c = 0; c < QUAD; c++) {
            w[c] = column + c < p.n ? quad(p.w, Index(column + c) * p.k + i) : zeros();
        }
#pragma unroll
        for (int row = 0; row < FEW_ROWS; row++) {
            Quad x = quad(p.x, at + p.offset(firstRow, row));
#pragma unroll
            for (int c = 0; c < QUAD; c++) {
#pragma unroll
                for (int j = 0; j < QUAD; j++) {
                    sums.x[row * QUAD + c] += x.x[j] * w[c].x[j];
                }
            }
        }
    }
    sums.add();
    parts[threadIdx.x] = sums.x[0];
    __syncthreads();
    for (int e = threadIdx.x; e < FEW_ROWS * width; e += THREADS) {
        int row = e / width, c = e % width;
        real sum = 0;
        for (int part = 0; part < split; part++) {
            sum += parts[(c / QUAD * split + part) * SUMS + row * QUAD + c % QUAD];
        }
        p.store(firstRow + row, firstColumn + c, sum);
    }
}

// ---- products of rows with matrices of their own

// Row i of r is that of x times the transpose of block chosen[i] of the blocks, n×k each and one below the other, and that
// of plus added. Some lanes, a power of two of them, share a sum.
KERNEL ownProducts(Out<real> r, In<real> plus, In<real> x, In<real> blocks, In<int> chosen, int n, int k, int lanes,
                   Index size) {
    for (Index first = Index(blockIdx.x) * THREADS; first < size * lanes; first += Index(gridDim.x) * THREADS) {
        Index i = (first + threadIdx.x) / lanes;
        Index row = i / n;
        real sum = 0;
        if (i < size) {
            Index block = (Index(chosen[row]) * n + i % n) * k;
#pragma unroll 4
            for (int j = threadIdx.x % lanes * QUAD; j < k; j += lanes * QUAD) {
                Quad a = quad(x, row * k + j), b = quad(blocks, block + j);
#pragma unroll
                for (int c = 0; c < QUAD; c++) {
                    sum += a.x[c] * b.x[c];
                }
            }
        }
        for (int bit = lanes / 2; bit > 0; bit /= 2) {
            sum += fromLane(sum, bit);
        }
        if (i < size && threadIdx.x % lanes == 0) {
            r[i] = plus ? sum + real(plus[i]) : sum;
        }
    }
}

// ---- selection

KERNEL repeatRow(Target r, View row, Index n, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, load<N>(row, i % n)); });
    });
}

// Row rows[i] of the table becomes row i; -1 stands for zeros.
KERNEL gatherRows(Target r, View table, In<int> rows, Index n, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) {
            Index row = rows[i / n];
            store(r, i, row < 0 ? zero : load<N>(table, row * n + i % n));
        });
    });
}

// Row i becomes row rows[i] of the result, or none for -1; other rows stay.
KERNEL placeRows(Target r, View a, In<int> rows, Index n, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) {
            Index row = rows[i / n];
            if (row >= 0) {
                store(r, row * n + i % n, load<N>(a, i));
            }
        });
    });
}

// Row k of the result is the sum of the rows order[starts[k]] to order[starts[k + 1] - 1] of a, in this order.
KERNEL scatterRows(Target r, View a, In<int> starts, In<int> order, Index n, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) {
            Index k = i / n;
            N sum = zero;
            for (int p = starts[k]; p < starts[k + 1]; p++) {
                sum = sum + load<N>(a, Index(order[p]) * n + i % n);
            }
            store(r, i, sum);
        });
    });
}

// Copies a band of columns, width wide.
KERNEL copyColumns(Target r, Index rColumns, Index rFrom, View a, Index aColumns, Index aFrom, Index width, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) {
            store(r, i / width * rColumns + rFrom + i % width, load<N>(a, i / width * aColumns + aFrom + i % width));
        });
    });
}

// Appends a row of keys and a row of values, which lie side by side in packed, to the caches, as rows[i] of each.
KERNEL appendRows(Out<real> keys, Out<real> values, View packed, In<int> rows, Index packedColumns, Index keyColumn,
                  Index width, Index size) {
    each(size, [&](Index i) {
        Index from = i / width * packedColumns + keyColumn + i % width;
        Index to = rows[i / width] * width + i % width;
        keys[to] = packed.v[from];
        values[to] = packed.v[from + width];
    });
}

// ---- parts of a matrix: part k has the elements starts[k] to starts[k + 1] - 1

// The part, of count, that an element belongs to.
template <class S> __device__ int partOf(const S& starts, int count, Index i) {
    int low = 0, high = count;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        (starts[middle] <= i ? low : high) = middle;
    }
    return low;
}

enum { MOST_PARTS = 128 };

// Parts as an argument: the addresses of their values and tangents, 0 for none; and where they begin in the matrix.
struct Parts {
    Index at[MOST_PARTS][2];
    int starts[MOST_PARTS + 4];
};

// Size elements of r, from element from on: one part after another.
KERNEL join(Target r, Index from, Index size, int count, ARGUMENT(Parts) parts) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) {
            int k = partOf(parts.starts, count, from + i);
            View part = {In<real>((real*) parts.at[k][0]), In<real>((real*) parts.at[k][1])};
            store(r, from + i, load<N>(part, from + i - parts.starts[k]));
        });
    });
}

// One part after another, each with its tangent behind it.
KERNEL splitDual(Out<real> r, View a, In<int> starts, int count, Index size) {
    each(size, [&](Index i) {
        int k = partOf(starts, count, i);
        Index at = starts[k] + i;
        r[at] = a.v[i];
        r[at + starts[k + 1] - starts[k]] = a.t[i];
    });
}

// Part k times factors[k].
KERNEL scaleParts(Target r, View a, View factors, In<int> starts, int count, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, load<N>(a, i) * load<N>(factors, partOf(starts, count, i))); });
    });
}

// A block sums a part.
KERNEL partDots(Target r, View a, View b, In<int> starts) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        N sum = zero;
        for (Index i = Index(starts[blockIdx.x]) + threadIdx.x; i < starts[blockIdx.x + 1]; i += THREADS) {
            sum = sum + load<N>(a, i) * load<N>(b, i);
        }
        sum = blockSum(sum);
        if (threadIdx.x == 0) {
            store(r, blockIdx.x, sum);
        }
    });
}

// SplitMix64 of the row's key and the column. An element is kept if its 53 bits are below the threshold.
KERNEL dropoutMask(Out<real> r, In<unsigned long long> keys, Index n, unsigned long long threshold, real kept, Index size) {
    each(size, [&](Index i) {
        unsigned long long z = keys[i / n] + (unsigned long long) (i % n + 1) * 0x9E3779B97F4A7C15ull;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ z >> 27) * 0x94D049BB133111EBull;
        z ^= z >> 31;
        r[i] = (z >> 11) < threshold ? kept : real(0);
    });
}

// ---- normalization: a warp per row, or a block

// How a row is brought to mean 0, if centred, and mean square 1: (x - mean)·factor.
template <class N> struct Normal {
    N mean, factor;
};

template <class N, class By = ByWarp>
__device__ Normal<N> normal(const View& x, Index row, int n, bool centred, real epsilon) {
    N mean = constant<N>(0);
    if (centred) {
        mean = sumOf<N, By>(n, [&](int j) { return load<N>(x, row * n + j); }) * (1 / real(n));
    }
    N square = sumOf<N, By>(n, [&](int j) {
        N d = load<N>(x, row * n + j) - mean;
        return d * d;
    });
    return {mean, inverseRoot(square * (1 / real(n)) + constant<N>(epsilon))};
}

// A layer norm, or an RMS norm if there is no bias.
template <class N, class By>
__device__ void normalizeRow(const Target& r, const View& x, const View& gain, const View& bias, real epsilon, Index row,
                             int n) {
    bool centred(bias.v);
    Normal<N> s = normal<N, By>(x, row, n, centred, epsilon);
    for (int j = By::index(); j < n; j += By::COUNT) {
        N y = (load<N>(x, row * n + j) - s.mean) * s.factor * load<N>(gain, j);
        store(r, row * n + j, centred ? y + load<N>(bias, j) : y);
    }
}

KERNEL normalize(Target r, View x, View gain, View bias, real epsilon, int rows, int n) {
    compute(r, [&](auto zero) {
        if (warpRow() < rows) {
            normalizeRow<decltype(zero), ByWarp>(r, x, gain, bias, epsilon, warpRow(), n);
        }
    });
}

// With a block per row, so that few long rows don't take longer than many
KERNEL normalizeLong(Target r, View x, View gain, View bias, real epsilon, int n) {
    compute(r, [&](auto zero) { normalizeRow<decltype(zero), ByBlock>(r, x, gain, bias, epsilon, blockIdx.x, n); });
}

// With y = (x - mean)·factor and h = gradient ⊙ gain: factor·(h - mean(h) - y·mean(h ⊙ y)). Keeps mean and factor, if they
// are wanted.
KERNEL normGradient(Target r, Target means, Target factors, View x, View gain, View gradient, int centred, real epsilon,
                    int rows, int n) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        Index row = warpRow();
        if (row < rows) {
            Normal<N> s = normal<N>(x, row, n, centred, epsilon);
            auto h = [&](int j) { return load<N>(gradient, row * n + j) * load<N>(gain, j); };
            auto y = [&](int j) { return (load<N>(x, row * n + j) - s.mean) * s.factor; };
            N mean = zero;
            if (centred) {
                mean = sumOf<N>(n, h) * (1 / real(n));
            }
            N along = sumOf<N>(n, [&](int j) { return h(j) * y(j); }) * (1 / real(n));
            for (int j = lane(); j < n; j += WARP) {
                store(r, row * n + j, (h(j) - mean - y(j) * along) * s.factor);
            }
            if (lane() == 0 && bool(means.v)) {
                store(means, row, s.mean);
                store(factors, row, s.factor);
            }
        }
    });
}

// The gradient by gain, before rows are summed: gradient ⊙ y, summed over chunks of rows as in sumRows.
KERNEL normGainParts(Target r, View x, View means, View factors, View gradient, int m, int n, int chunk) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        Index chunks = (m + chunk - 1) / chunk;
        each(chunks * n, [&](Index i) {
            Index from = i / n * chunk;
            Index to = from + chunk < m ? from + chunk : m;
            N sum = zero;
            for (Index row = from; row < to; row++) {
                Index at = row * n + i % n;
                sum = sum + load<N>(gradient, at) * ((load<N>(x, at) - load<N>(means, row)) * load<N>(factors, row));
            }
            store(r, i, sum);
        });
    });
}

// ---- rotary position embedding: a thread turns one pair of columns of each head of a row

KERNEL rotate(Target r, View x, In<int> positions, In<double> frequencies, double direction, int half, int rotated,
              int columns, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) {
            Index row = i / half * columns;
            double angle = positions[i / half] * frequencies[i % half] * direction;
            real cosine = real(cos(angle));
            real sine = real(sin(angle));
            for (int column = int(i % half); column < rotated; column += 2 * half) {
                N first = load<N>(x, row + column);
                N second = load<N>(x, row + column + half);
                store(r, row + column, first * cosine - second * sine);
                store(r, row + column + half, second * cosine + first * sine);
            }
        });
    });
}

// ---- softmax
//
// Exponents are shifted, lest exponentials overflow, and so are their tangents, which else would cancel in the quotient:
// first by the largest exponent, and for the probabilities by the mean of the tangents, so that only values are divided.

__device__ inline real centred(real shift, real) { return shift; }
__device__ inline Dual centred(Dual shift, Dual sum) { return {shift.v, shift.t + sum.t / sum.v}; }

// ---- soft caps: scores x become cap·tanh(x/cap)

struct Cap {
    real cap;

    template <class N> __device__ N operator()(N x) const { return apply(7, 0, x * (1 / cap)) * cap; }

    // From a gradient by the result z to that by what became z
    template <class N> __device__ N back(N gradient, N z) const {
        N y = z * (1 / cap);
        return gradient * (constant<N>(1) - y * y);
    }
};

KERNEL softCap(Target r, View x, real cap, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, Cap{cap}(load<N>(x, i))); });
    });
}

// In place, gradients by z become those by what the cap drew in to z.
KERNEL backThroughCap(Target gradients, View z, real cap, Index size) {
    compute(gradients, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(gradients, i, Cap{cap}.back(load<N>(gradients, i), load<N>(z, i))); });
    });
}

// ---- cross-entropy

// A block turns a row of logits in place into the derivatives of its loss by them, that is into probabilities, less 1 for
// the target, and stores the loss at rows[row], or nowhere for -1.
KERNEL crossEntropy(Target losses, Target logits, In<int> targets, In<int> rows, int vocabulary) {
    compute(logits, [&](auto zero) {
        typedef decltype(zero) N;
        Index first = Index(blockIdx.x) * vocabulary;
        int target = targets[blockIdx.x];
        N shift = load<N>(logits, first);
        for (int j = threadIdx.x; j < vocabulary; j += THREADS) {
            shift = larger(shift, load<N>(logits, first + j));
        }
        shift = blockMaximum(shift);
        N sum = zero;
        for (int j = threadIdx.x; j < vocabulary; j += THREADS) {
            sum = sum + exponential(load<N>(logits, first + j) - shift);
        }
        sum = blockSum(sum);
        shift = centred(shift, sum);
        if (threadIdx.x == 0 && rows[blockIdx.x] >= 0) {
            store(losses, rows[blockIdx.x], shift + constant<N>(log(value(sum))) - load<N>(logits, first + target));
        }
        __syncthreads();
        for (int j = threadIdx.x; j < vocabulary; j += THREADS) {
            N p = exponential(load<N>(logits, first + j) - shift) / value(sum);
            store(logits, first + j, j == target ? p - constant<N>(1) : p);
        }
    });
}

// ---- causal attention of one query to each cache
//
// A block takes up to THREADS keys of one head of one sequence, a key per thread. Of longer pasts each block takes a part,
// and these are put together afterwards.

enum { KEY_LANES = 8, KEYS_AT_ONCE = WARP / KEY_LANES, KEYS_OF_LANE = WARP / KEYS_AT_ONCE };

// The keys, or values, that a block reads: count rows of a cache, of each the columns of a head.
struct Past {
    In<real> x;
    Index first, columns, column;
    int count, size;

    __device__ Quad at(int row, int j) const { return quad(x, (first + row) * columns + column + j); }
};

// The number of the key whose score a thread has.
__device__ inline int keyOfThread() {
    return warp() * WARP + lane() % KEY_LANES * KEYS_AT_ONCE + lane() / KEY_LANES;
}

// The inner product of the query, from an element on, with the key of this thread. Some lanes together read a key.
__device__ inline real score(const In<real>& query, Index from, const Past& keys) {
    SumsOfLanes<KEYS_OF_LANE, KEY_LANES / 2, 1> sums;
    int first = warp() * WARP + lane() / KEY_LANES;
    int end = warp() * WARP < keys.count ? keys.size : 0;
#pragma unroll 2
    for (int j = lane() % KEY_LANES * QUAD; j < end; j += KEY_LANES * QUAD) {
        Quad q = quad(query, from + j);
#pragma unroll
        for (int i = 0; i < KEYS_OF_LANE; i++) {
            int key = first + i * KEYS_AT_ONCE;
            Quad k = key < keys.count ? keys.at(key, j) : zeros();
#pragma unroll
            for (int c = 0; c < QUAD; c++) {
                sums.x[i] += q.x[c] * k.x[c];
            }
        }
    }
    sums.add();
    return sums.x[0];
}

// A part of a mean is what a block makes: the sum of weighted values, their weights' sum, and the exponents' shift.
__device__ inline Index part(Index number, int size) { return number * (size + 2); }

// Of each sequence pasts has the first row in the caches and how many the query sees; a block's share of these is one of
// most. Writes to parts, unless that is null, and then to r. A cap of 0 is none.
KERNEL attentionOfOne(Out<real> r, Out<real> parts, In<real> packed, In<real> keys, In<real> values, In<int> pasts,
                      Index packedColumns, Index cacheColumns, int heads, int group, int size, real scale, real cap,
                      int most) {
    SHARED(real, weights, THREADS);
    SHARED(real, sums, THREADS * QUAD);
    int head = blockIdx.x / most % heads;
    int sequence = blockIdx.x / most / heads;
    int before = blockIdx.x % most * THREADS;
    int rest = pasts[2 * sequence + 1] - before;
    Past k = {keys, pasts[2 * sequence] + before, cacheColumns, Index(head / group) * size, rest < THREADS ? rest : THREADS,
              size};
    Past v = k;
    v.x = values;
    bool sees = keyOfThread() < k.count;
    real s = score(packed, sequence * packedColumns + Index(head) * size, k) * scale;
    s = cap > 0 ? Cap{cap}(s) : s;
    real shift = blockMaximum(sees ? s : real(-INFINITY));
    real weight = sees ? exponential(s - shift) : real(0);
    real sum = blockSum(weight);
    weights[keyOfThread()] = weight;
    __syncthreads();
    int quads = size / QUAD;
    int shares = THREADS / quads;
    int share = threadIdx.x / quads, j = threadIdx.x % quads * QUAD;
    if (share < shares) {
        Quad mean = zeros();
#pragma unroll 4
        for (int row = share; row < v.count; row += shares) {
            Quad x = v.at(row, j);
            real w = weights[row];
#pragma unroll
            for (int c = 0; c < QUAD; c++) {
                mean.x[c] += w * x.x[c];
            }
        }
#pragma unroll
        for (int c = 0; c < QUAD; c++) {
            sums[(share * quads + threadIdx.x % quads) * QUAD + c] = mean.x[c];
        }
    }
    __syncthreads();
    for (int column = threadIdx.x; column < size; column += THREADS) {
        real mean = 0;
        for (int i = 0; i < shares; i++) {
            mean += sums[i * quads * QUAD + column];
        }
        if (parts) {
            parts[part(blockIdx.x, size) + column] = mean;
        } else {
            r[Index(blockIdx.x) * size + column] = mean / sum;
        }
    }
    if (parts && threadIdx.x == 0) {
        parts[part(blockIdx.x, size) + size] = sum;
        parts[part(blockIdx.x, size) + size + 1] = shift;
    }
}

// A block puts count parts of one head of one sequence together.
KERNEL attentionOfParts(Out<real> r, In<real> parts, int count, int size) {
    Index first = Index(blockIdx.x) * count;
    real shift = parts[part(first, size) + size + 1];
    for (int i = 1; i < count; i++) {
        shift = larger(shift, real(parts[part(first + i, size) + size + 1]));
    }
    for (int column = threadIdx.x; column < size; column += THREADS) {
        real mean = 0, sum = 0;
        for (int i = 0; i < count; i++) {
            Index at = part(first + i, size);
            real weight = exponential(parts[at + size + 1] - shift);
            mean += weight * parts[at + column];
            sum += weight * parts[at + size];
        }
        r[Index(blockIdx.x) * size + column] = mean / sum;
    }
}

// ---- causal attention
//
// A block takes a tile of SIDE neighbouring rows of one head of one sequence, and goes over the rows that these meet, a tile
// of SIDE at a time. Of a product of two tiles each thread has MICRO×MICRO elements in registers; its factors pass through
// shared memory, DEPTH columns of one at a time, while the next are on their way. Nothing of the size of all pairs is
// stored: a softmax is taken as it goes, with the largest exponent so far, and taken again for the gradient.
//
// Of what has a head's columns a block computes SIDE, another block the next ones.

enum {
    GRID = 16,
    MICRO = sizeof(real) == 4 ? 4 : 2, // with more, doubles with tangents don't fit in registers
    SIDE = GRID * MICRO,               // as in Attention.java
    DEPTH = 16,
    PITCH = SIDE + 4, // more than needed, so that threads meet different memory banks
    CHUNK = DEPTH * PITCH,
    SHARE = SIDE * DEPTH / THREADS,
    CHUNKS = 2 * 2 * 2 * CHUNK // two stages, of two factors, of values and tangents
};

// Rows of a matrix with so many columns, of which a head takes those from column on.
struct Band {
    View x;
    Index columns, column;
};

__device__ inline Index at(const Band& b, Index row) { return row * b.columns + b.column; }

// The rows of a block: count rows from first on; the first of them sees so many rows of the keys, which begin at keys, and
// each one after it one more, but of those only the window's length. For gradients by keys: rows from first on are seen by
// those up to the end of the sequence, or of the last one's window.
struct Rows {
    int first, count, keys, seen;
};

__device__ inline Rows rowsOf(const In<int>& tiles, int index) {
    return {tiles[4 * index], tiles[4 * index + 1], tiles[4 * index + 2], tiles[4 * index + 3]};
}

// The first row and column of a thread's elements of a tile
__device__ inline int ownRow() { return threadIdx.x / GRID * MICRO; }
__device__ inline int ownColumn() { return threadIdx.x % GRID * MICRO; }

// Calls f for each of a thread's elements of a tile.
template <class F> __device__ void eachOwn(F f) {
#pragma unroll
    for (int i = 0; i < MICRO; i++) {
#pragma unroll
        for (int j = 0; j < MICRO; j++) {
            f(i, j);
        }
    }
}

// A thread's elements of a tile.
template <class N> struct Tile {
    N x[MICRO][MICRO];

    __device__ Tile() {
        eachOwn([&](int i, int j) { x[i][j] = constant<N>(0); });
    }
};

// What a thread has of each of its rows.
template <class N> struct OwnRows {
    N x[MICRO];

    __device__ explicit OwnRows(real begin) {
#pragma unroll
        for (int i = 0; i < MICRO; i++) {
            x[i] = constant<N>(begin);
        }
    }
};

// Combines what the threads of a row have, for each of these.
template <class N, class F> __device__ N acrossRow(N x, F combine) {
#pragma unroll
    for (int mask = GRID / 2; mask > 0; mask /= 2) {
        x = combine(x, fromLane(x, mask));
    }
    return x;
}

template <class N> __device__ N rowSum(N x) {
    return acrossRow(x, [](N a, N b) { return a + b; });
}

// r + a·b, without a rounding between
__device__ inline real plus(real r, real a, real b) { return r + a * b; }
__device__ inline Dual plus(Dual r, Dual a, Dual b) { return {r.v + a.v * b.v, (r.t + a.t * b.v) + a.v * b.t}; }

// ---- chunks in shared memory: the values of a factor, and behind them its tangents

__device__ inline int place(int stage, int factor) { return (2 * stage + factor) * 2 * CHUNK; }

template <class S> __device__ void put(S& chunks, int i, real x) { chunks[i] = x; }
template <class S> __device__ void put(S& chunks, int i, Dual x) {
    chunks[i] = x.v;
    chunks[i + CHUNK] = x.t;
}

template <class N> struct Got;
template <> struct Got<real> {
    template <class S> __device__ static real from(S& chunks, int i) { return chunks[i]; }
};
template <> struct Got<Dual> {
    template <class S> __device__ static Dual from(S& chunks, int i) { return {chunks[i], chunks[i + CHUNK]}; }
};

// What a thread brings of a chunk: of count rows from first on, of which a head has so many columns.
template <class N> struct Share {
    N x[SHARE];

    // DEPTH columns of SIDE rows, turned
    __device__ void takeColumns(const Band& b, Index first, int count, int from, int size) {
#pragma unroll
        for (int k = 0; k < SHARE; k++) {
            int row = (k * THREADS + threadIdx.x) / DEPTH;
            int column = from + threadIdx.x % DEPTH;
            x[k] = row < count && column < size ? load<N>(b.x, at(b, first + row) + column) : constant<N>(0);
        }
    }

    template <class S> __device__ void putColumns(S& chunks, int place) const {
#pragma unroll
        for (int k = 0; k < SHARE; k++) {
            put(chunks, place + threadIdx.x % DEPTH * PITCH + (k * THREADS + threadIdx.x) / DEPTH, x[k]);
        }
    }

    // SIDE columns of DEPTH rows
    __device__ void takeRows(const Band& b, Index first, int count, int from, int size) {
#pragma unroll
        for (int k = 0; k < SHARE; k++) {
            int row = (k * THREADS + threadIdx.x) / SIDE;
            int column = from + threadIdx.x % SIDE;
            x[k] = row < count && column < size ? load<N>(b.x, at(b, first + row) + column) : constant<N>(0);
        }
    }

    template <class S> __device__ void putRows(S& chunks, int place) const {
#pragma unroll
        for (int k = 0; k < SHARE; k++) {
            put(chunks, place + (k * THREADS + threadIdx.x) / SIDE * PITCH + threadIdx.x % SIDE, x[k]);
        }
    }
};

// r += aᵀ·b for the chunks a and b of a stage
template <class N, class S> __device__ void addChunk(Tile<N>& r, S& chunks, int stage) {
#pragma unroll 4
    for (int k = 0; k < DEPTH; k++) {
        N a[MICRO], b[MICRO];
#pragma unroll
        for (int i = 0; i < MICRO; i++) {
            a[i] = Got<N>::from(chunks, place(stage, 0) + k * PITCH + ownRow() + i);
            b[i] = Got<N>::from(chunks, place(stage, 1) + k * PITCH + ownColumn() + i);
        }
        eachOwn([&](int i, int j) { r.x[i][j] = plus(r.x[i][j], a[i], b[j]); });
    }
}

// The inner products of count rows of a with some of b; all of the block together.
template <class N, class S>
__device__ Tile<N> innerProducts(S& chunks, const Band& a, Index first, int count, const Band& b, Index other,
                                 int otherCount, int size) {
    Tile<N> r;
    Share<N> left, right;
    left.takeColumns(a, first, count, 0, size);
    right.takeColumns(b, other, otherCount, 0, size);
    __syncthreads();
    left.putColumns(chunks, place(0, 0));
    right.putColumns(chunks, place(0, 1));
    __syncthreads();
    for (int from = 0, stage = 0; from < size; from += DEPTH, stage = 1 - stage) {
        bool more = from + DEPTH < size;
        if (more) {
            left.takeColumns(a, first, count, from + DEPTH, size);
            right.takeColumns(b, other, otherCount, from + DEPTH, size);
        }
        addChunk(r, chunks, stage);
        if (more) {
            left.putColumns(chunks, place(1 - stage, 0));
            right.putColumns(chunks, place(1 - stage, 1));
            __syncthreads();
        }
    }
    return r;
}

// DEPTH columns of a tile, from one on, turned
template <class N, class S> __device__ void putTile(const Tile<N>& tile, S& chunks, int place, int from) {
    if (ownColumn() / DEPTH == from / DEPTH) {
        eachOwn([&](int i, int j) { put(chunks, place + (ownColumn() - from + j) * PITCH + ownRow() + i, tile.x[i][j]); });
    }
}

// r += weights·b for count rows of b, and of their columns SIDE from one on; all of the block together.
template <class N, class S>
__device__ void addProduct(Tile<N>& r, const Tile<N>& weights, S& chunks, const Band& b, Index first, int count, int column,
                           int size) {
    Share<N> share;
    share.takeRows(b, first, count, column, size);
    __syncthreads();
    putTile(weights, chunks, place(0, 0), 0);
    share.putRows(chunks, place(0, 1));
    __syncthreads();
    for (int from = 0, stage = 0; from < count; from += DEPTH, stage = 1 - stage) {
        bool more = from + DEPTH < count;
        if (more) {
            share.takeRows(b, first + from + DEPTH, count - from - DEPTH, column, size);
        }
        addChunk(r, chunks, stage);
        if (more) {
            putTile(weights, chunks, place(1 - stage, 0), from + DEPTH);
            share.putRows(chunks, place(1 - stage, 1));
            __syncthreads();
        }
    }
}

// Stores count rows of a head, where it has them, of their columns SIDE from one on.
template <class N>
__device__ void storeTile(const Target& r, const Band& head, Index first, int count, const Tile<N>& tile, int column,
                          int size) {
    eachOwn([&](int i, int j) {
        if (ownRow() + i < count && column + ownColumn() + j < size) {
            store(r, at(head, first + ownRow() + i) + column + ownColumn() + j, tile.x[i][j]);
        }
    });
}

// ---- what blocks of attention do

// Where queries, keys and values lie, and how the former meet the latter.
struct Meeting {
    View packed, keys, values;
    Index packedColumns, cacheColumns, keyColumn, valueColumn;
    int heads, group, size;
    real scale;
    int window;
    real cap; // 0 for none

    __device__ Band query(int head) const { return {packed, packedColumns, Index(head) * size}; }
    __device__ Band key(int keyHead) const { return {keys, cacheColumns, keyColumn + Index(keyHead) * size}; }
    __device__ Band value(int keyHead) const { return {values, cacheColumns, valueColumn + Index(keyHead) * size}; }
    __device__ Band result(const View& x, int head) const { return {x, Index(heads) * size, Index(head) * size}; }
    __device__ int parts() const { return (size + SIDE - 1) / SIDE; }
    // Whether a row that so many rows of the keys lie before, itself included, sees that one of them
    __device__ bool sees(int seen, int key) const { return key < seen && seen - key <= window; }
};

__device__ inline Meeting within(View packed, Index columns, Index keyColumn, Index valueColumn, int heads, int group,
                                 int size, real scale, int window, real cap) {
    return {packed, packed, packed, columns, columns, keyColumn, valueColumn, heads, group, size, scale, window, cap};
}

// Below any exponent, and finite, so that differences are numbers
__device__ inline real nothing() { return real(-1e30); }

// A softmax over each of a thread's rows, of what was met so far: the largest exponent, and of this thread's columns the
// sum.
template <class N> struct Softmax {
    OwnRows<N> shift{nothing()};
    OwnRows<N> sum{0};

    // Turns scores into weights, those that aren't seen into 0; before grows with what must shrink with it.
    template <class Sees, class Shrink> __device__ void meet(Tile<N>& scores, Sees sees, Shrink shrinkBy) {
#pragma unroll
        for (int i = 0; i < MICRO; i++) {
            N largest = constant<N>(nothing());
#pragma unroll
            for (int j = 0; j < MICRO; j++) {
                largest = sees(i, j) ? larger(largest, scores.x[i][j]) : largest;
            }
            largest = larger(shift.x[i], acrossRow(largest, [](N a, N b) { return larger(a, b); }));
            N shrink = exponential(shift.x[i] - largest);
            shift.x[i] = largest;
            sum.x[i] = sum.x[i] * shrink;
            shrinkBy(i, shrink);
#pragma unroll
            for (int j = 0; j < MICRO; j++) {
                N weight = sees(i, j) ? exponential(scores.x[i][j] - largest) : constant<N>(0);
                scores.x[i][j] = weight;
                sum.x[i] = sum.x[i] + weight;
            }
        }
    }
};

template <class N> __device__ void draw(Tile<N>& scores, const Meeting& m) {
    eachOwn([&](int i, int j) { scores.x[i][j] = scores.x[i][j] * m.scale; });
    if (m.cap > 0) {
        eachOwn([&](int i, int j) { scores.x[i][j] = Cap{m.cap}(scores.x[i][j]); });
    }
}

// The attention of each query.
KERNEL attention(Target r, View packed, View keys, View values, In<int> tiles, Index packedColumns, Index cacheColumns,
                 Index keyColumn, Index valueColumn, int heads, int group, int size, real scale, int window, real cap) {
    Meeting m = {packed, keys, values, packedColumns, cacheColumns, keyColumn, valueColumn, heads, group, size, scale,
                 window, cap};
    SHARED(real, chunks, CHUNKS);
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        int column = blockIdx.x % m.parts() * SIDE;
        int head = blockIdx.x / m.parts() % m.heads;
        Rows rows = rowsOf(tiles, blockIdx.x / m.parts() / m.heads);
        int most = rows.seen + rows.count - 1;
        Softmax<N> softmax;
        Tile<N> mean;
        for (int from = 0; from < most; from += SIDE) {
            int count = most - from < SIDE ? most - from : int(SIDE);
            Tile<N> weights = innerProducts<N>(chunks, m.query(head), rows.first, rows.count, m.key(head / m.group),
                                               rows.keys + from, count, m.size);
            draw(weights, m);
            softmax.meet(weights, [&](int i, int j) {
                return ownRow() + i < rows.count && m.sees(rows.seen + ownRow() + i, from + ownColumn() + j);
            }, [&](int i, N shrink) {
#pragma unroll
                for (int j = 0; j < MICRO; j++) {
                    mean.x[i][j] = mean.x[i][j] * shrink;
                }
            });
            addProduct(mean, weights, chunks, m.value(head / m.group), rows.keys + from, count, column, m.size);
        }
#pragma unroll
        for (int i = 0; i < MICRO; i++) {
            N sum = rowSum(softmax.sum.x[i]);
#pragma unroll
            for (int j = 0; j < MICRO; j++) {
                mean.x[i][j] = quotient(mean.x[i][j], sum);
            }
        }
        storeTile(r, m.result({}, head), rows.first, rows.count, mean, column, m.size);
    });
}

// What the gradient needs, one for each row and head: shift and sum of the exponentials, and the inner product of the result
// with its gradient.
KERNEL attentionSums(Target shifts, Out<real> sums, Target inners, View packed, View gradient, In<int> tiles, Index columns,
                     Index keyColumn, Index valueColumn, int heads, int group, int size, real scale, int window, real cap) {
    Meeting m = within(packed, columns, keyColumn, valueColumn, heads, group, size, scale, window, cap);
    SHARED(real, chunks, CHUNKS);
    compute(inners, [&](auto zero) {
        typedef decltype(zero) N;
        int head = blockIdx.x % m.heads;
        Rows rows = rowsOf(tiles, blockIdx.x / m.heads);
        int most = rows.seen + rows.count - 1;
        Softmax<N> softmax;
        OwnRows<N> inner(0);
        for (int from = 0; from < most; from += SIDE) {
            int count = most - from < SIDE ? most - from : int(SIDE);
            Tile<N> weights = innerProducts<N>(chunks, m.query(head), rows.first, rows.count, m.key(head / m.group),
                                               rows.keys + from, count, m.size);
            Tile<N> along = innerProducts<N>(chunks, m.result(gradient, head), rows.first, rows.count,
                                             m.value(head / m.group), rows.keys + from, count, m.size);
            draw(weights, m);
            softmax.meet(weights, [&](int i, int j) {
                return ownRow() + i < rows.count && m.sees(rows.seen + ownRow() + i, from + ownColumn() + j);
            }, [&](int i, N shrink) { inner.x[i] = inner.x[i] * shrink; });
            eachOwn([&](int i, int j) { inner.x[i] = plus(inner.x[i], weights.x[i][j], along.x[i][j]); });
        }
#pragma unroll
        for (int i = 0; i < MICRO; i++) {
            N sum = rowSum(softmax.sum.x[i]);
            N mean = quotient(rowSum(inner.x[i]), sum);
            if (ownColumn() == 0 && ownRow() + i < rows.count) {
                Index row = Index(rows.first + ownRow() + i) * m.heads + head;
                sums[row] = value(sum);
                store(shifts, row, centred(softmax.shift.x[i], sum));
                store(inners, row, mean);
            }
        }
    });
}

// What attentionSums found of a row and head, if there is such a row.
template <class N> struct Found {
    N shift, inner;
    real factor;

    __device__ Found(const View& shifts, const In<real>& sums, const View& inners, Index i, bool there) {
        shift = there ? load<N>(shifts, i) : constant<N>(0);
        inner = there ? load<N>(inners, i) : constant<N>(0);
        factor = there ? 1 / sums[i] : real(0);
    }

    __device__ N probability(N score) const { return exponential(score - shift) * factor; }

    // The gradient by a score as it was before it was scaled, and drawn in
    __device__ N slope(N score, N along, const Meeting& m) const {
        N gradient = probability(score) * (along - inner);
        return (m.cap > 0 ? Cap{m.cap}.back(gradient, score) : gradient) * m.scale;
    }
};

// With P the probabilities, O the result and G its gradient: dS = P ⊙ (G·Vᵀ - rowsum(G ⊙ O))·scale, dQ = dS·K.
KERNEL attentionByQueries(Target r, View packed, View gradient, View shifts, In<real> sums, View inners, In<int> tiles,
                          Index columns, Index keyColumn, Index valueColumn, int heads, int group, int size, real scale,
                          int window, real cap) {
    Meeting m = within(packed, columns, keyColumn, valueColumn, heads, group, size, scale, window, cap);
    SHARED(real, chunks, CHUNKS);
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        int column = blockIdx.x % m.parts() * SIDE;
        int head = blockIdx.x / m.parts() % m.heads;
        Rows rows = rowsOf(tiles, blockIdx.x / m.parts() / m.heads);
        int most = rows.seen + rows.count - 1;
        Tile<N> result;
        for (int from = 0; from < most; from += SIDE) {
            int count = most - from < SIDE ? most - from : int(SIDE);
            Tile<N> slopes = innerProducts<N>(chunks, m.query(head), rows.first, rows.count, m.key(head / m.group),
                                              rows.keys + from, count, m.size);
            Tile<N> along = innerProducts<N>(chunks, m.result(gradient, head), rows.first, rows.count,
                                             m.value(head / m.group), rows.keys + from, count, m.size);
            draw(slopes, m);
#pragma unroll
            for (int i = 0; i < MICRO; i++) {
                bool active = ownRow() + i < rows.count;
                Found<N> found(shifts, sums, inners, Index(rows.first + ownRow() + i) * m.heads + head, active);
#pragma unroll
                for (int j = 0; j < MICRO; j++) {
                    N score = slopes.x[i][j];
                    bool sees = active && m.sees(rows.seen + ownRow() + i, from + ownColumn() + j);
                    slopes.x[i][j] = sees ? found.slope(score, along.x[i][j], m) : zero;
                }
            }
            addProduct(result, slopes, chunks, m.key(head / m.group), rows.keys + from, count, column, m.size);
        }
        storeTile(r, m.query(head), rows.first, rows.count, result, column, m.size);
    });
}

// dK = dSᵀ·Q by one block and dV = Pᵀ·G by another, summed over the query heads that share the key head.
KERNEL attentionByKeys(Target r, View packed, View gradient, View shifts, In<real> sums, View inners, In<int> tiles,
                       Index columns, Index keyColumn, Index valueColumn, int heads, int group, int size, real scale,
                       int window, real cap) {
    Meeting m = within(packed, columns, keyColumn, valueColumn, heads, group, size, scale, window, cap);
    SHARED(real, chunks, CHUNKS);
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        int part = blockIdx.x % (2 * m.parts());
        bool byValues = part >= m.parts();
        int column = part % m.parts() * SIDE;
        int keyHeads = m.heads / m.group;
        int keyHead = blockIdx.x / (2 * m.parts()) % keyHeads;
        Rows rows = rowsOf(tiles, blockIdx.x / (2 * m.parts()) / keyHeads);
        Tile<N> result;
        for (int head = keyHead * m.group; head < (keyHead + 1) * m.group; head++) {
            for (int from = 0; from < rows.seen; from += SIDE) {
                int count = rows.seen - from < SIDE ? rows.seen - from : int(SIDE);
                Index first = rows.first + from;
                Tile<N> weights = innerProducts<N>(chunks, m.key(keyHead), rows.first, rows.count, m.query(head), first,
                                                   count, m.size);
                draw(weights, m);
                Tile<N> along;
                if (!byValues) {
                    along = innerProducts<N>(chunks, m.value(keyHead), rows.first, rows.count, m.result(gradient, head),
                                             first, count, m.size);
                }
#pragma unroll
                for (int j = 0; j < MICRO; j++) {
                    bool active = ownColumn() + j < count;
                    Found<N> found(shifts, sums, inners, (first + ownColumn() + j) * m.heads + head, active);
#pragma unroll
                    for (int i = 0; i < MICRO; i++) {
                        N score = weights.x[i][j];
                        int after = from + ownColumn() + j - ownRow() - i;
                        bool seen = active && ownRow() + i < rows.count && after >= 0 && after < m.window;
                        weights.x[i][j] = !seen ? zero : byValues ? found.probability(score)
                                                                  : found.slope(score, along.x[i][j], m);
                    }
                }
                addProduct(result, weights, chunks, byValues ? m.result(gradient, head) : m.query(head), first, count,
                           column, m.size);
            }
        }
        storeTile(r, byValues ? m.value(keyHead) : m.key(keyHead), rows.first, rows.count, result, column, m.size);
    });
}
