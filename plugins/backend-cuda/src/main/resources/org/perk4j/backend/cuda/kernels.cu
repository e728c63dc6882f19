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
// For a kernel that on sm_90 else takes a few registers too many for two blocks on a processor
#if __CUDA_ARCH__ / 100 == 9
#define TWO_AT_A_TIME __launch_bounds__(THREADS, sizeof(real) == 4 ? 2 : 1)
#else
#define TWO_AT_A_TIME
#endif
#define SHARED(T, name, count) __shared__ T name[count]
// An argument that stays where the device has it, however it is indexed
#define ARGUMENT(T) const __grid_constant__ T
template <class T> using In = const T*;
template <class T> using Out = T*;
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

// The inner product of n numbers, f(j) the j-th term, by one warp.
template <class N, class F> __device__ N sumOf(int n, F f) {
    N sum = constant<N>(0);
    for (int j = lane(); j < n; j += WARP) {
        sum = sum + f(j);
    }
    return warpSum(sum);
}

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

// ---- normalization: a warp per row

// How a row is brought to mean 0, if centred, and mean square 1: (x - mean)·factor.
template <class N> struct Normal {
    N mean, factor;
};

template <class N> __device__ Normal<N> normal(const View& x, Index row, int n, bool centred, real epsilon) {
    N mean = constant<N>(0);
    if (centred) {
        mean = sumOf<N>(n, [&](int j) { return load<N>(x, row * n + j); }) * (1 / real(n));
    }
    N square = sumOf<N>(n, [&](int j) {
        N d = load<N>(x, row * n + j) - mean;
        return d * d;
    });
    return {mean, inverseRoot(square * (1 / real(n)) + constant<N>(epsilon))};
}

// A layer norm, or an RMS norm if there is no bias.
KERNEL normalize(Target r, View x, View gain, View bias, real epsilon, int rows, int n) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        Index row = warpRow();
        if (row < rows) {
            bool centred(bias.v);
            Normal<N> s = normal<N>(x, row, n, centred, epsilon);
            for (int j = lane(); j < n; j += WARP) {
                N y = (load<N>(x, row * n + j) - s.mean) * s.factor * load<N>(gain, j);
                store(r, row * n + j, centred ? y + load<N>(bias, j) : y);
            }
        }
    });
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

// ---- soft caps: scores x become cap·tanh(x/cap), or stay as they are
//
// What meets them is compiled for each, so that without a cap no register is taken for one.

struct Capped {
    real cap;

    template <class N> __device__ N operator()(N x) const { return apply(7, 0, x * (1 / cap)) * cap; }

    // From a gradient by the result z to that by what became z
    template <class N> __device__ N back(N gradient, N z) const {
        N y = z * (1 / cap);
        return gradient * (constant<N>(1) - y * y);
    }
};

struct Uncapped {
    template <class N> __device__ N operator()(N x) const { return x; }
    template <class N> __device__ N back(N gradient, N) const { return gradient; }
};

KERNEL softCap(Target r, View x, real cap, Index size) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(r, i, Capped{cap}(load<N>(x, i))); });
    });
}

// In place, gradients by z become those by what the cap drew in to z.
KERNEL backThroughCap(Target gradients, View z, real cap, Index size) {
    compute(gradients, [&](auto zero) {
        typedef decltype(zero) N;
        each(size, [&](Index i) { store(gradients, i, Capped{cap}.back(load<N>(gradients, i), load<N>(z, i))); });
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

// ---- causal attention
//
// A block takes WARPS neighbouring rows of one head of one sequence, a warp each, and goes over the rows that these meet,
// a tile of WARP at a time, one per lane. Nothing of the size of all pairs is stored: a softmax is taken as it goes, with
// the largest exponent so far, and taken again for the gradient.

enum { LARGEST_HEAD = 256, STRIPES = LARGEST_HEAD / WARP };

// Rows of a matrix with so many columns, of which a head takes those from column on.
struct Band {
    View x;
    Index columns, column;
};

__device__ inline Index at(const Band& b, Index row) { return row * b.columns + b.column; }

// The rows of a block: count rows from first on; the first of them sees so many rows of the keys, which begin at keys, and
// each one after it one more, but of those only the window's length. For gradients by keys: rows from first on are seen by
// those up to the end of the sequence, or of the last one's window.
struct Tile {
    int first, count, keys, seen;
};

__device__ inline Tile tile(const In<int>& tiles, int index) {
    return {tiles[4 * index], tiles[4 * index + 1], tiles[4 * index + 2], tiles[4 * index + 3]};
}

// The inner product of row own of a and, in lane i, row other + i of b; all of the block together.
template <class N>
__device__ N innerProduct(const Band& a, Index own, bool active, const Band& b, Index other, int count, int size) {
    SHARED(N, part, WARP * (WARP + 1)); // a column more than needed, so that lanes meet different memory banks
    N sum = constant<N>(0);
    for (int from = 0; from < size; from += WARP) {
        int width = size - from < WARP ? size - from : WARP;
        __syncthreads();
        for (int e = threadIdx.x; e < WARP * WARP; e += THREADS) {
            int i = e / WARP, j = e % WARP;
            part[i * (WARP + 1) + j] = i < count && j < width ? load<N>(b.x, at(b, other + i) + from + j) : constant<N>(0);
        }
        __syncthreads();
        if (active) {
            for (int j = 0; j < width; j++) {
                sum = sum + load<N>(a.x, at(a, own) + from + j) * N(part[lane() * (WARP + 1) + j]);
            }
        }
    }
    return sum;
}

// A row of a head, its columns spread over the lanes of a warp.
template <class N> struct Spread {
    N x[STRIPES];

    __device__ void clear() {
#pragma unroll
        for (int s = 0; s < STRIPES; s++) {
            x[s] = constant<N>(0);
        }
    }

    __device__ void scale(N factor) {
#pragma unroll
        for (int s = 0; s < STRIPES; s++) {
            x[s] = x[s] * factor;
        }
    }

    __device__ void add(N weight, const Band& b, Index row, int size) {
#pragma unroll
        for (int s = 0; s < STRIPES; s++) {
            if (s * WARP + lane() < size) {
                x[s] = x[s] + weight * load<N>(b.x, at(b, row) + s * WARP + lane());
            }
        }
    }

    __device__ void storeTo(const Target& r, Index first, int size) {
#pragma unroll
        for (int s = 0; s < STRIPES; s++) {
            if (s * WARP + lane() < size) {
                store(r, first + s * WARP + lane(), x[s]);
            }
        }
    }
};

// The attention of each query, or if there is a gradient of it, what its backward pass needs, one for each row and head:
// shift and sum of the exponentials, and the inner product of the result with its gradient.
template <class C>
__device__ void attend(C drawnIn, Target r, Target shifts, Out<real> sums, Target inners, View packed, View keys,
                       View values, View gradient, In<int> tiles, Index packedColumns, Index cacheColumns, Index keyColumn,
                       Index valueColumn, int heads, int group, int size, real scale, int window) {
    bool backward(gradient.v);
    compute(backward ? inners : r, [&](auto zero) {
        typedef decltype(zero) N;
        SHARED(N, weights, THREADS);
        int head = blockIdx.x % heads;
        Tile rows = tile(tiles, blockIdx.x / heads);
        bool active = warp() < rows.count;
        Index row = rows.first + warp();
        int seen = active ? rows.seen + warp() : 0;
        int most = rows.seen + rows.count - 1;
        Band q = {packed, packedColumns, Index(head) * size};
        Band k = {keys, cacheColumns, keyColumn + Index(head / group) * size};
        Band v = {values, cacheColumns, valueColumn + Index(head / group) * size};
        Band g = {gradient, Index(heads) * size, Index(head) * size};
        N shift = zero;
        N sum = zero;   // of what this lane sees
        N inner = zero; // likewise
        Spread<N> mean;
        mean.clear();
        for (int from = 0; from < most; from += WARP) {
            int count = most - from < WARP ? most - from : WARP;
            N s = drawnIn(N(innerProduct<N>(q, row, active, k, rows.keys + from, count, size) * scale));
            N along = zero;
            if (backward) {
                along = innerProduct<N>(g, row, active, v, rows.keys + from, count, size);
            }
            if (from < seen) {
                bool sees = from + lane() < seen && seen - from - lane() <= window;
                N largest = warpMaximum(sees ? s : constant<N>(real(-INFINITY)));
                N before = shift;
                shift = from == 0 ? largest : larger(shift, largest);
                N shrink = from == 0 ? zero : exponential(before - shift);
                N weight = sees ? exponential(s - shift) : zero;
                sum = sum * shrink + weight;
                if (backward) {
                    inner = inner * shrink + weight * along;
                } else {
                    mean.scale(shrink);
                    weights[threadIdx.x] = weight;
                    __syncwarp();
                    for (int i = 0; i < count && from + i < seen; i++) {
                        mean.add(weights[warp() * WARP + i], v, rows.keys + from + i, size);
                    }
                    __syncwarp();
                }
            }
        }
        if (active) {
            sum = warpSum(sum);
            if (backward) {
                inner = quotient(warpSum(inner), sum);
                if (lane() == 0) {
                    Index i = row * heads + head;
                    sums[i] = value(sum);
                    store(shifts, i, centred(shift, sum));
                    store(inners, i, inner);
                }
            } else {
#pragma unroll
                for (int s = 0; s < STRIPES; s++) {
                    mean.x[s] = quotient(mean.x[s], sum);
                }
                mean.storeTo(r, (row * heads + head) * size, size);
            }
        }
    });
}

KERNEL attention(Target r, Target shifts, Out<real> sums, Target inners, View packed, View keys, View values, View gradient,
                 In<int> tiles, Index packedColumns, Index cacheColumns, Index keyColumn, Index valueColumn, int heads,
                 int group, int size, real scale, int window) {
    attend(Uncapped{}, r, shifts, sums, inners, packed, keys, values, gradient, tiles, packedColumns, cacheColumns,
           keyColumn, valueColumn, heads, group, size, scale, window);
}

KERNEL attentionCapped(Target r, Target shifts, Out<real> sums, Target inners, View packed, View keys, View values,
                       View gradient, In<int> tiles, Index packedColumns, Index cacheColumns, Index keyColumn,
                       Index valueColumn, int heads, int group, int size, real scale, int window, real cap) {
    attend(Capped{cap}, r, shifts, sums, inners, packed, keys, values, gradient, tiles, packedColumns, cacheColumns,
           keyColumn, valueColumn, heads, group, size, scale, window);
}

// With P the probabilities, O the result and G its gradient: dS = P ⊙ (G·Vᵀ - rowsum(G ⊙ O))·scale, dQ = dS·K.
template <class C>
__device__ void attendByQueries(C drawnIn, Target r, View packed, View gradient, View shifts, In<real> sums, View inners,
                                In<int> tiles, Index packedColumns, Index keyColumn, Index valueColumn, int heads, int group,
                                int size, real scale, int window) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        SHARED(N, weights, THREADS);
        int head = blockIdx.x % heads;
        Tile rows = tile(tiles, blockIdx.x / heads);
        bool active = warp() < rows.count;
        Index row = rows.first + warp();
        int seen = active ? rows.seen + warp() : 0;
        int most = rows.seen + rows.count - 1;
        Band q = {packed, packedColumns, Index(head) * size};
        Band k = {packed, packedColumns, keyColumn + Index(head / group) * size};
        Band v = {packed, packedColumns, valueColumn + Index(head / group) * size};
        Band g = {gradient, Index(heads) * size, Index(head) * size};
        Spread<N> result;
        result.clear();
        for (int from = 0; from < most; from += WARP) {
            int count = most - from < WARP ? most - from : WARP;
            N s = drawnIn(N(innerProduct<N>(q, row, active, k, rows.keys + from, count, size) * scale));
            N dp = innerProduct<N>(g, row, active, v, rows.keys + from, count, size);
            if (from < seen) {
                N ds = zero;
                if (from + lane() < seen && seen - from - lane() <= window) {
                    Index i = row * heads + head;
                    N p = exponential(s - load<N>(shifts, i)) / sums[i];
                    ds = drawnIn.back(N(p * (dp - load<N>(inners, i)) * scale), s);
                }
                weights[threadIdx.x] = ds;
                __syncwarp();
                for (int i = 0; i < count && from + i < seen; i++) {
                    result.add(weights[warp() * WARP + i], k, rows.keys + from + i, size);
                }
                __syncwarp();
            }
        }
        if (active) {
            result.storeTo(r, at(q, row), size);
        }
    });
}

KERNEL TWO_AT_A_TIME attentionByQueries(Target r, View packed, View gradient, View shifts, In<real> sums, View inners,
                         In<int> tiles, Index packedColumns, Index keyColumn, Index valueColumn, int heads, int group,
                         int size, real scale, int window) {
    attendByQueries(Uncapped{}, r, packed, gradient, shifts, sums, inners, tiles, packedColumns, keyColumn, valueColumn,
                    heads, group, size, scale, window);
}

KERNEL TWO_AT_A_TIME attentionByQueriesCapped(Target r, View packed, View gradient, View shifts, In<real> sums,
                         View inners, In<int> tiles, Index packedColumns, Index keyColumn, Index valueColumn, int heads,
                         int group, int size, real scale, int window, real cap) {
    attendByQueries(Capped{cap}, r, packed, gradient, shifts, sums, inners, tiles, packedColumns, keyColumn, valueColumn,
                    heads, group, size, scale, window);
}

// dK = dSᵀ·Q and dV = Pᵀ·G, summed over the query heads that share the key head.
template <class C>
__device__ void attendByKeys(C drawnIn, Target r, View packed, View gradient, View shifts, In<real> sums, View inners,
                             In<int> tiles, Index packedColumns, Index keyColumn, Index valueColumn, int heads, int group,
                             int size, real scale, int window) {
    compute(r, [&](auto zero) {
        typedef decltype(zero) N;
        SHARED(N, weights, THREADS);
        SHARED(N, slopes, THREADS);
        int keyHead = blockIdx.x % (heads / group);
        Tile rows = tile(tiles, blockIdx.x / (heads / group));
        bool active = warp() < rows.count;
        Index row = rows.first + warp();
        Band k = {packed, packedColumns, keyColumn + Index(keyHead) * size};
        Band v = {packed, packedColumns, valueColumn + Index(keyHead) * size};
        Spread<N> byKey, byValue;
        byKey.clear();
        byValue.clear();
        for (int head = keyHead * group; head < (keyHead + 1) * group; head++) {
            Band q = {packed, packedColumns, Index(head) * size};
            Band g = {gradient, Index(heads) * size, Index(head) * size};
            for (int from = 0; from < rows.seen; from += WARP) {
                int count = rows.seen - from < WARP ? rows.seen - from : WARP;
                Index first = rows.first + from;
                N s = drawnIn(N(innerProduct<N>(k, row, active, q, first, count, size) * scale));
                N dp = innerProduct<N>(v, row, active, g, first, count, size);
                N p = zero;
                N ds = zero;
                if (active && lane() < count && first + lane() >= row && first + lane() - row < window) {
                    Index i = (first + lane()) * heads + head;
                    p = exponential(s - load<N>(shifts, i)) / sums[i];
                    ds = drawnIn.back(N(p * (dp - load<N>(inners, i)) * scale), s);
                }
                weights[threadIdx.x] = p;
                slopes[threadIdx.x] = ds;
                __syncwarp();
                for (int i = 0; active && i < count; i++) {
                    byKey.add(slopes[warp() * WARP + i], q, first + i, size);
                    byValue.add(weights[warp() * WARP + i], g, first + i, size);
                }
                __syncwarp();
            }
        }
        if (active) {
            byKey.storeTo(r, at(k, row), size);
            byValue.storeTo(r, at(v, row), size);
        }
    });
}

KERNEL attentionByKeys(Target r, View packed, View gradient, View shifts, In<real> sums, View inners, In<int> tiles,
                       Index packedColumns, Index keyColumn, Index valueColumn, int heads, int group, int size, real scale,
                       int window) {
    attendByKeys(Uncapped{}, r, packed, gradient, shifts, sums, inners, tiles, packedColumns, keyColumn, valueColumn, heads,
                 group, size, scale, window);
}

KERNEL attentionByKeysCapped(Target r, View packed, View gradient, View shifts, In<real> sums, View inners, In<int> tiles,
                             Index packedColumns, Index keyColumn, Index valueColumn, int heads, int group, int size,
                             real scale, int window, real cap) {
    attendByKeys(Capped{cap}, r, packed, gradient, shifts, sums, inners, tiles, packedColumns, keyColumn, valueColumn, heads,
                 group, size, scale, window);
}
