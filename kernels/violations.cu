// Numbers of an active set's constraints c [N,J], sample-major: element J k + j is constraint j of sample k.
//
//   medians   median over k of |c_kj|, of an even number the mean of the middle two, in float64; NaN where an element of
//             column j is NaN or infinite
//   squares   mean over k of c_kj^2, in float64
//   weigh     weights_j c_kj
//
// The element of a rank is built up bit by bit: magnitudes have the order of their bits as integers, and a bit of the
// element is 1 if no more than `rank` elements are below the number with that bit and those above it. That is 31 counts of
// N elements in float32, 63 in float64, with no scratch memory, in integers, so that their order does not matter.
//
// Floor: bytes, 4 an element in float32. 128 samples of 6 constraints are 3 KB: what it takes are the barriers of 33 counts,
// an estimated 4 us on an H100; with 100,000 samples, whose columns stay in the second-level cache, an estimated 0.3 ms.
#include "real.cuh"

constexpr int THREADS = 256;

__device__ __forceinline__ unsigned key_of_magnitude(float x) { return __float_as_uint(x) & 0x7fffffffu; }
__device__ __forceinline__ float magnitude_of_key(unsigned key) { return __uint_as_float(key); }
__device__ __forceinline__ unsigned infinite_key(float) { return 0x7f800000u; }

__device__ __forceinline__ unsigned long long key_of_magnitude(double x)
{
    return (unsigned long long)__double_as_longlong(x) & 0x7fffffffffffffffull;
}
__device__ __forceinline__ double magnitude_of_key(unsigned long long key) { return __longlong_as_double((long long)key); }
__device__ __forceinline__ unsigned long long infinite_key(double) { return 0x7ff0000000000000ull; }

typedef decltype(infinite_key(real(0))) Key;

constexpr int KEY_BITS = 8 * int(sizeof(Key)) - 1;

// The magnitudes of one constraint over the samples, and counts of them; all threads of the block call its functions.
struct Column
{
    const real* first;
    int samples, constraints;
    int (&counts)[2][THREADS / 32];
    int parity;

    __device__ __forceinline__ Key key(int sample) const { return key_of_magnitude(first[(size_t)sample * constraints]); }

    // How many keys are below a limit, on all threads. Two arrays take turns, so that one barrier a count is enough: a warp
    // that writes one of them again has passed the barrier behind which all have read it.
    __device__ __forceinline__ int below(Key limit)
    {
        int count = 0;
        for (int begin = 0; begin < samples; begin += THREADS)
        {
            const int sample = begin + threadIdx.x;
            count += __popc(__ballot_sync(FULL_WARP, sample < samples && key(sample) < limit));
        }
        parity ^= 1;
        if (threadIdx.x % 32 == 0) counts[parity][threadIdx.x / 32] = count;
        __syncthreads();
        count = 0;
        for (int warp = 0; warp < THREADS / 32; ++warp) count += counts[parity][warp];
        return count;
    }

    // The key with `rank` keys before it in their order.
    __device__ __forceinline__ Key at_rank(int rank)
    {
        Key found = 0;
        for (int bit = KEY_BITS - 1; bit >= 0; --bit)
        {
            const Key candidate = found | (Key(1) << bit);
            if (below(candidate) <= rank) found = candidate;
        }
        return found;
    }

    // The least key above a limit; there must be one.
    __device__ __forceinline__ Key above(Key (&maxima)[THREADS], Key limit) const
    {
        Key greatest = 0;
        for (int sample = threadIdx.x; sample < samples; sample += THREADS)
        {
            if (key(sample) > limit) greatest = greater(greatest, Key(~key(sample)));
        }
        return ~block_max(maxima, greatest);
    }
};

// A block a constraint.
extern "C" __global__ void __launch_bounds__(THREADS) medians(const real* c, double* result, int samples, int constraints)
{
    __shared__ int counts[2][THREADS / 32];
    __shared__ Key maxima[THREADS];
    Column column = {c + blockIdx.x, samples, constraints, counts, 0};
    const bool is_finite = column.below(infinite_key(real(0))) == samples;
    const Key low = column.at_rank((samples - 1) / 2);
    const bool is_twice = samples % 2 != 0 || column.below(low + 1) > samples / 2;
    const Key high = is_twice ? low : column.above(maxima, low);
    if (threadIdx.x != 0) return;
    const double below = magnitude_of_key(low), above = magnitude_of_key(high);
    result[blockIdx.x] = !is_finite ? __longlong_as_double(0x7ff8000000000000ll) : low == high ? below : below + 0.5 * (above - below);
}

// A block a constraint.
extern "C" __global__ void __launch_bounds__(THREADS) mean_squares(const real* c, double* result, int samples, int constraints)
{
    double sum = 0;
    for (int sample = threadIdx.x; sample < samples; sample += THREADS)
    {
        const double value = c[(size_t)sample * constraints + blockIdx.x];
        sum = fma(value, value, sum);
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) result[blockIdx.x] = sum / samples;
}

extern "C" __global__ void __launch_bounds__(THREADS) weigh(const real* weights, const real* c, real* result, int constraints, int count)
{
    for (unsigned i = first_element(); i < unsigned(count); i += element_step()) result[i] = weights[i % constraints] * c[i];
}
