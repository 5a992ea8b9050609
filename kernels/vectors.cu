// Vector arithmetic on n elements.
//
//   fill      x_i = a                     multiply  z_i = x_i y_i
//   scale     y_i = a x_i                 dot       sum_i x_i y_i, in float64
//   combine   z_i = a x_i + b y_i         max_abs   max_i |x_i|, NaN if any x_i is NaN, 0 if n = 0
//   axpy      y_i = a x_i + y_i, a by value or (axpy_by) in device memory
//
// A result may be one of the arguments. Dot products and maxima come in two stages: blocks leave partial results of a
// fixed grid, then one block combines them, so that the bits depend on n alone and no scalar visits the host. Up to a few
// thousand elements the grid is one block, and what it leaves is the result.
//
// Floor: bytes. axpy moves 12 bytes an element in float32, dot 8: with n = 2,096,931 that is 25 MB and 17 MB, an
// estimated 7.5 us and 5 us on an H100 at 3.35 TB/s (less where the vectors sit in its 50 MB of L2).
#include "real.cuh"

constexpr int THREADS = 256;

// z_i = operation(x_i, y_i), in packs where all three vectors begin on a 16-byte boundary.
template <class Operation>
__device__ __forceinline__ void map(unsigned count, const real* x, const real* y, real* z, Operation operation)
{
    const unsigned packs = is_aligned(x) && is_aligned(y) && is_aligned(z) ? count / PACK : 0;
    for (unsigned i = first_element(); i < packs; i += element_step())
    {
        const Pack a = load_pack(x + PACK * i);
        const Pack b = load_pack(y + PACK * i);
        Pack c;
#pragma unroll
        for (int k = 0; k < PACK; ++k) c.at[k] = operation(a.at[k], b.at[k]);
        store_pack(z + PACK * i, c);
    }
    for (unsigned i = packs * PACK + first_element(); i < count; i += element_step()) z[i] = operation(x[i], y[i]);
}

struct Scale
{
    real a;
    __device__ __forceinline__ real operator()(real x, real) const { return a * x; }
};

struct Axpy
{
    real a;
    __device__ __forceinline__ real operator()(real x, real y) const { return multiply_add(a, x, y); }
};

struct Combine
{
    real a, b;
    __device__ __forceinline__ real operator()(real x, real y) const { return multiply_add(a, x, b * y); }
};

struct Multiply
{
    __device__ __forceinline__ real operator()(real x, real y) const { return x * y; }
};

extern "C" __global__ void __launch_bounds__(THREADS) vector_fill(real* x, real a, int count)
{
    for (unsigned i = first_element(); i < unsigned(count); i += element_step()) x[i] = a;
}

extern "C" __global__ void __launch_bounds__(THREADS) vector_scale(real a, const real* x, real* y, int count)
{
    map(count, x, x, y, Scale{a});
}

extern "C" __global__ void __launch_bounds__(THREADS) vector_axpy(real a, const real* x, real* y, int count)
{
    map(count, x, y, y, Axpy{a});
}

extern "C" __global__ void __launch_bounds__(THREADS) vector_axpy_by(const double* a, const real* x, real* y, int count)
{
    map(count, x, y, y, Axpy{real(*a)});
}

extern "C" __global__ void __launch_bounds__(THREADS)
    vector_combine(real a, const real* x, real b, const real* y, real* z, int count)
{
    map(count, x, y, z, Combine{a, b});
}

extern "C" __global__ void __launch_bounds__(THREADS) vector_multiply(const real* x, const real* y, real* z, int count)
{
    map(count, x, y, z, Multiply{});
}

// partial[block] = the block's share of sum_i x_i y_i.
extern "C" __global__ void __launch_bounds__(THREADS)
    vector_dot(const real* x, const real* y, double* partial, int count)
{
    const unsigned packs = is_aligned(x) && is_aligned(y) ? count / PACK : 0;
    double sum = 0;
    for (unsigned i = first_element(); i < packs; i += element_step())
    {
        const Pack a = load_pack(x + PACK * i);
        const Pack b = load_pack(y + PACK * i);
#pragma unroll
        for (int k = 0; k < PACK; ++k) sum = fma(double(a.at[k]), double(b.at[k]), sum);
    }
    for (unsigned i = packs * PACK + first_element(); i < unsigned(count); i += element_step())
    {
        sum = fma(double(x[i]), double(y[i]), sum);
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// result = the sum of the partial sums; one block.
extern "C" __global__ void __launch_bounds__(THREADS) vector_sum_parts(const double* partial, double* result, int parts)
{
    const double sum = block_sum_of(partial, parts);
    if (threadIdx.x == 0) *result = sum;
}

// partial[block] = the block's greatest |x_i|.
extern "C" __global__ void __launch_bounds__(THREADS) vector_max_abs(const real* x, double* partial, int count)
{
    __shared__ real maxima[THREADS];
    real best = 0;
    for (unsigned i = first_element(); i < unsigned(count); i += element_step())
    {
        best = greater(best, x[i] < real(0) ? -x[i] : x[i]);
    }
    best = block_max(maxima, best);
    if (threadIdx.x == 0) partial[blockIdx.x] = best;
}

// result = the greatest of the partial maxima; one block.
extern "C" __global__ void __launch_bounds__(THREADS) vector_max_parts(const double* partial, double* result, int parts)
{
    __shared__ double maxima[THREADS];
    double best = 0;
    for (int i = threadIdx.x; i < parts; i += THREADS) best = greater(best, partial[i]);
    best = block_max(maxima, best);
    if (threadIdx.x == 0) *result = best;
}
