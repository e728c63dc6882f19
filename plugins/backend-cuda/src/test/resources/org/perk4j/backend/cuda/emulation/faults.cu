// Kernels with the faults that the emulation is to find, and their right counterparts.

KERNEL sharedRight(Out<real> r) {
    SHARED(real, s, THREADS);
    s[threadIdx.x] = threadIdx.x;
    __syncthreads();
    r[threadIdx.x] = s[THREADS - 1 - threadIdx.x];
}

KERNEL sharedRace(Out<real> r) {
    SHARED(real, s, THREADS);
    s[threadIdx.x] = threadIdx.x;
    r[threadIdx.x] = s[THREADS - 1 - threadIdx.x];
}

// A barrier of the warp doesn't order what other warps do.
KERNEL sharedRaceOfWarps(Out<real> r) {
    SHARED(real, s, THREADS);
    s[threadIdx.x] = threadIdx.x;
    __syncwarp();
    r[threadIdx.x] = s[THREADS - 1 - threadIdx.x];
}

KERNEL sharedWithinWarpRight(Out<real> r) {
    SHARED(real, s, THREADS);
    s[threadIdx.x] = threadIdx.x;
    __syncwarp();
    r[threadIdx.x] = s[threadIdx.x ^ 1];
}

// A shuffle isn't a barrier for memory.
KERNEL sharedRaceWithinWarp(Out<real> r) {
    SHARED(real, s, THREADS);
    s[threadIdx.x] = threadIdx.x;
    warpSum(real(1));
    r[threadIdx.x] = s[threadIdx.x ^ 1];
}

KERNEL sharedWriteAfterRead(Out<real> r) {
    SHARED(real, s, THREADS);
    s[threadIdx.x] = threadIdx.x;
    __syncthreads();
    r[threadIdx.x] = s[THREADS - 1 - threadIdx.x];
    s[threadIdx.x] = 0;
}

KERNEL sharedUnwritten(Out<real> r) {
    SHARED(real, s, THREADS);
    r[threadIdx.x] = s[threadIdx.x];
}

KERNEL sharedOutside(Out<real> r) {
    SHARED(real, s, THREADS);
    s[threadIdx.x + 1] = 0;
    r[threadIdx.x] = 0;
}

KERNEL globalOutside(Out<real> r) {
    r[threadIdx.x + 1] = 0;
}

// Blocks run in any order, at once too.
KERNEL globalRaceOfBlocks(Out<real> r) {
    r[threadIdx.x] = 0;
}

KERNEL globalRace(Out<real> r) {
    r[threadIdx.x] = r[0];
}

KERNEL divergedBarrier(Out<real> r) {
    if (threadIdx.x < 100) {
        __syncthreads();
    }
    r[threadIdx.x] = 0;
}

KERNEL divergedShuffle(Out<real> r) {
    r[threadIdx.x] = threadIdx.x % 2 == 0 ? warpSum(real(1)) : real(0);
}
