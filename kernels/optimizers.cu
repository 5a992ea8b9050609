// Parameter updates: one pass over w, the gradient g and the moments.
//
//   Adam     m_i = beta1 m_i + (1 - beta1) g_i;  v_i = beta2 v_i + (1 - beta2) g_i^2                    (Eq. 10, 11)
//            w_i = w_i - [rate / (1 - beta1^t)] m_i / (sqrt(v_i) [1 / sqrt(1 - beta2^t)] + epsilon)
//   metric   moments as above;  s_i = 1 / sqrt([eta f] (sqrt(v_i) + epsilon)),  f = sqrt(1 - beta2^t) / (1 - beta1^t)  (Eq. 12)
//
// The numbers that change with the step t are read from device memory, so that a recorded launch is good for every step:
// scalars = [beta1, 1 - beta1, beta2, 1 - beta2, rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t), epsilon, 0] in float64.
// The metric has eta for the rate: eta f is the fifth number by the sixth.
//
// Floor: bytes, 28 an element in float32 (metric: 24): 59 MB for the 2,096,931 parameters of Eq. 13, an estimated 18 us on
// an H100.
#include "real.cuh"

constexpr int THREADS = 256;

struct AdamNumbers
{
    real beta1, rest1, beta2, rest2, rate, scale, epsilon, weight;
};

__device__ __forceinline__ AdamNumbers adam_numbers(const double* scalars)
{
    return {real(scalars[0]), real(scalars[1]), real(scalars[2]), real(scalars[3]), real(scalars[4]), real(scalars[5]),
        real(scalars[6]), real(scalars[4] / scalars[5])};
}

__device__ __forceinline__ void move_moments(const AdamNumbers& s, real g, real& m, real& v)
{
    m = s.beta1 * m + s.rest1 * g;
    v = s.beta2 * v + s.rest2 * g * g;
}

// Adam: the fourth vector is w.
struct AdamUpdate
{
    static constexpr bool READS = true;

    static __device__ __forceinline__ void apply(const AdamNumbers& s, real m, real v, real& w)
    {
        w -= s.rate * m / (square_root(v) * s.scale + s.epsilon);
    }
};

// Eq. 12: the fourth vector is D^(-1/2), which is not read.
struct MetricUpdate
{
    static constexpr bool READS = false;

    static __device__ __forceinline__ void apply(const AdamNumbers& s, real, real v, real& root)
    {
        root = real(1) / square_root((square_root(v) + s.epsilon) * s.weight);
    }
};

// Moves the moments and applies an update to the fourth vector.
template <typename Update>
__device__ __forceinline__ void update(const double* scalars, const real* g, real* m, real* v, real* result, int count)
{
    const AdamNumbers s = adam_numbers(scalars);
    const unsigned packs = is_aligned(g) && is_aligned(m) && is_aligned(v) && is_aligned(result) ? count / PACK : 0;
    for (unsigned i = first_element(); i < packs; i += element_step())
    {
        const Pack gradient = load_pack(g + PACK * i);
        Pack first = load_pack(m + PACK * i);
        Pack second = load_pack(v + PACK * i);
        Pack last = Update::READS ? load_pack(result + PACK * i) : Pack{};
#pragma unroll
        for (int k = 0; k < PACK; ++k)
        {
            move_moments(s, gradient.at[k], first.at[k], second.at[k]);
            Update::apply(s, first.at[k], second.at[k], last.at[k]);
        }
        store_pack(m + PACK * i, first);
        store_pack(v + PACK * i, second);
        store_pack(result + PACK * i, last);
    }
    for (unsigned i = packs * PACK + first_element(); i < unsigned(count); i += element_step())
    {
        move_moments(s, g[i], m[i], v[i]);
        Update::apply(s, m[i], v[i], result[i]);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
    adam(const double* scalars, const real* g, real* m, real* v, real* w, int count)
{
    update<AdamUpdate>(scalars, g, m, v, w, count);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    adam_metric(const double* scalars, const real* g, real* m, real* v, real* roots, int count)
{
    update<MetricUpdate>(scalars, g, m, v, roots, count);
}
