// What all kernels share: the number type, 16-byte packs, and sums in float64 with a fixed order.
//
// Every file is compiled once for each precision, -DREAL=float or -DREAL=double. Literals are written real(0), never 0.0,
// which would pull a float kernel into float64. Sums over many elements run in float64 and in an order that depends on
// sizes alone: the same bits in every run, no atomics.
#pragma once

#ifndef REAL
#error "compile with -DREAL=float or -DREAL=double"
#endif

typedef REAL real;

constexpr unsigned FULL_WARP = 0xffffffffu;

// The reals that one memory instruction moves.
constexpr int PACK = 16 / int(sizeof(real));

struct __align__(16) Pack
{
    real at[PACK];
};

__device__ __forceinline__ bool is_aligned(const void* pointer)
{
    return ((size_t)pointer & 15) == 0;
}

// One instruction of 16 bytes, by the vector types that every compiler turns into one.
__device__ __forceinline__ void load_16_bytes(const float* aligned, float (&at)[4])
{
    const float4 v = *(const float4*)aligned;
    at[0] = v.x, at[1] = v.y, at[2] = v.z, at[3] = v.w;
}

__device__ __forceinline__ void load_16_bytes(const double* aligned, double (&at)[2])
{
    const double2 v = *(const double2*)aligned;
    at[0] = v.x, at[1] = v.y;
}

__device__ __forceinline__ void store_16_bytes(float* aligned, const float (&at)[4])
{
    *(float4*)aligned = float4{at[0], at[1], at[2], at[3]};
}

__device__ __forceinline__ void store_16_bytes(double* aligned, const double (&at)[2])
{
    *(double2*)aligned = double2{at[0], at[1]};
}

__device__ __forceinline__ Pack load_pack(const real* aligned)
{
    Pack pack;
    load_16_bytes(aligned, pack.at);
    return pack;
}

__device__ __forceinline__ void store_pack(real* aligned, const Pack& pack)
{
    store_16_bytes(aligned, pack.at);
}

// a b + c, rounded once: written out where two kernels must agree to the bit.
__device__ __forceinline__ float multiply_add(float a, float b, float c)
{
    return fmaf(a, b, c);
}

__device__ __forceinline__ double multiply_add(double a, double b, double c)
{
    return fma(a, b, c);
}

__device__ __forceinline__ float square_root(float x)
{
    return sqrtf(x);
}

__device__ __forceinline__ double square_root(double x)
{
    return sqrt(x);
}

__device__ __forceinline__ float exponential(float x) { return expf(x); }
__device__ __forceinline__ double exponential(double x) { return exp(x); }
__device__ __forceinline__ float hyperbolic_tangent(float x) { return tanhf(x); }
__device__ __forceinline__ double hyperbolic_tangent(double x) { return tanh(x); }

// Grid-stride loops: for (unsigned i = first_element(); i < count; i += element_step()). Counts stay below 2^31, so that
// an unsigned index does not wrap.
__device__ __forceinline__ unsigned first_element()
{
    return blockIdx.x * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ unsigned element_step()
{
    return gridDim.x * blockDim.x;
}

// The warp's number in the grid: from a thread's number it would wrap beyond 2^27 warps.
__device__ __forceinline__ unsigned first_warp()
{
    return blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
}

// The sum over the 32 lanes, on every lane.
__device__ __forceinline__ double warp_sum(double value)
{
    for (int distance = 16; distance > 0; distance >>= 1) value += __shfl_xor_sync(FULL_WARP, value, distance);
    return value;
}

// The sum over all threads of a block of whole warps, on thread 0; all threads must call it.
__device__ __forceinline__ double block_sum(double value)
{
    __shared__ double sums[32];
    const int warps = blockDim.x / 32;
    value = warp_sum(value);
    __syncthreads(); // a sum before this one may still be read
    if (threadIdx.x % 32 == 0) sums[threadIdx.x / 32] = value;
    __syncthreads();
    if (threadIdx.x >= 32) return 0;
    return warp_sum(int(threadIdx.x) < warps ? sums[threadIdx.x] : 0);
}

// The sum of `parts` numbers, on thread 0 of the only block.
__device__ __forceinline__ double block_sum_of(const double* partial, int parts)
{
    double sum = 0;
    for (int i = threadIdx.x; i < parts; i += blockDim.x) sum += partial[i];
    return block_sum(sum);
}

// The greater of two magnitudes; NaN beats all.
template <class Number>
__device__ __forceinline__ Number greater(Number best, Number value)
{
    return value > best || value != value ? value : best;
}

// The greatest value of a block of COUNT threads, a power of two, on all of them.
template <class Number, int COUNT>
__device__ __forceinline__ Number block_max(Number (&maxima)[COUNT], Number value)
{
    maxima[threadIdx.x] = value;
    __syncthreads();
    for (int half = COUNT / 2; half > 0; half /= 2)
    {
        if (int(threadIdx.x) < half) maxima[threadIdx.x] = greater(maxima[threadIdx.x], maxima[threadIdx.x + half]);
        __syncthreads();
    }
    return maxima[0];
}
