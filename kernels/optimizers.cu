// Parameter updates: one pass over w, the gradient g and what a rule keeps; and the updates of multipliers.
//
//   Adam      m_i = beta1 m_i + (1 - beta1) g_i;  v_i = beta2 v_i + (1 - beta2) g_i^2                   (Eq. 10, 11)
//             w_i = w_i - [rate / (1 - beta1^t)] m_i / (sqrt(v_i) [1 / sqrt(1 - beta2^t)] + epsilon);  ||dw||^2 beside it
//   metric    moments as above;  s_i = 1 / sqrt([eta f] (sqrt(v_i) + epsilon)),  f = sqrt(1 - beta2^t) / (1 - beta1^t)  (Eq. 12)
//   sgd       w_i = w_i - rate g_i
//   momentum  u_i = mu u_i + g_i;  w_i = w_i - rate u_i;  ||u||^2 beside it
//   weights   2 lambda_j / N
//   ascent    e_j = squares_j - bounds_j;  xi_j' = nu xi_j + (1 - nu) e_j;
//             lambda_j = max(lambda_j + kappa_I e_j + kappa_P (xi_j' - xi_j), 0);  xi_j = xi_j', and xi_j = e_j before the first
//
// The numbers that change with the step t are read from device memory, so that a recorded launch is good for every step:
// Adam's scalars = [beta1, 1 - beta1, beta2, 1 - beta2, rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t), epsilon, 0] in float64, the
// metric's with eta for the rate (eta f is the fifth number by the sixth); those of sgd and momentum [rate, mu], of the ascent
// [kappa_I, kappa_P, nu, 1 in the first step or 0]. Where a watched number is NaN or infinite nothing changes: the host looks at
// the step behind it.
//
// Floor: bytes, 28 an element in float32 for Adam (metric: 24, momentum: 20, sgd: 12): 59 MB for the 2,096,931 parameters of
// Eq. 13, an estimated 18 us on an H100.
#include "real.cuh"

constexpr int THREADS = 256;

// Whether all numbers are finite, on all threads of a warp, which all must call it. Every warp of an update looks by itself:
// they are few, and a launch more would take longer.
__device__ __forceinline__ bool are_finite(const double* numbers, int count)
{
    bool are = true;
    for (int i = threadIdx.x % 32; i < count; i += 32) are &= numbers[i] - numbers[i] == 0;
    return __ballot_sync(FULL_WARP, !are) == 0;
}

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

// Adam: the fourth vector is w. Returns what it moved by, behind rounding.
struct AdamUpdate
{
    static constexpr bool READS = true;

    static __device__ __forceinline__ real apply(const AdamNumbers& s, real m, real v, real& w)
    {
        const real before = w;
        w -= s.rate * m / (square_root(v) * s.scale + s.epsilon);
        return before - w;
    }
};

// Eq. 12: the fourth vector is D^(-1/2), which is not read.
struct MetricUpdate
{
    static constexpr bool READS = false;

    static __device__ __forceinline__ real apply(const AdamNumbers& s, real, real v, real& root)
    {
        root = real(1) / square_root((square_root(v) + s.epsilon) * s.weight);
        return 0;
    }
};

__device__ __forceinline__ void add_square(double& sum, real x)
{
    sum = fma(double(x), double(x), sum);
}

// Moves the moments and applies an update to the fourth vector. Returns the thread's share of the sum of squares.
template <typename Update>
__device__ __forceinline__ double update(const double* scalars, const real* g, real* m, real* v, real* result, int count)
{
    const AdamNumbers s = adam_numbers(scalars);
    double sum = 0;
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
            add_square(sum, Update::apply(s, first.at[k], second.at[k], last.at[k]));
        }
        store_pack(m + PACK * i, first);
        store_pack(v + PACK * i, second);
        store_pack(result + PACK * i, last);
    }
    for (unsigned i = packs * PACK + first_element(); i < unsigned(count); i += element_step())
    {
        move_moments(s, g[i], m[i], v[i]);
        add_square(sum, Update::apply(s, m[i], v[i], result[i]));
    }
    return sum;
}

// partial[block] = the block's share of a sum; all threads call it.
__device__ __forceinline__ void leave_part(double* partial, double sum)
{
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

extern "C" __global__ void __launch_bounds__(THREADS)
    adam(const double* scalars, const double* watched, int watched_count, const real* g, real* m, real* v, real* w, double* partial,
        int count)
{
    leave_part(partial, are_finite(watched, watched_count) ? update<AdamUpdate>(scalars, g, m, v, w, count) : 0);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    adam_metric(const double* scalars, const real* g, real* m, real* v, real* roots, int count)
{
    update<MetricUpdate>(scalars, g, m, v, roots, count);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    sgd(const double* scalars, const double* watched, int watched_count, const real* g, real* w, int count)
{
    if (!are_finite(watched, watched_count)) return;
    const real rate = real(-scalars[0]);
    const unsigned packs = is_aligned(g) && is_aligned(w) ? count / PACK : 0;
    for (unsigned i = first_element(); i < packs; i += element_step())
    {
        const Pack gradient = load_pack(g + PACK * i);
        Pack parameters = load_pack(w + PACK * i);
#pragma unroll
        for (int k = 0; k < PACK; ++k) parameters.at[k] = multiply_add(rate, gradient.at[k], parameters.at[k]);
        store_pack(w + PACK * i, parameters);
    }
    for (unsigned i = packs * PACK + first_element(); i < unsigned(count); i += element_step()) w[i] = multiply_add(rate, g[i], w[i]);
}

// Rounds twice, as multiplying and adding do.
__device__ __forceinline__ void move_with_momentum(real rate, real momentum, real g, real& u, real& w, double& sum)
{
    u = multiply_add(real(1), g, momentum * u);
    w = multiply_add(rate, u, w);
    add_square(sum, u);
}

__device__ __forceinline__ double momentum_update(const double* scalars, const real* g, real* u, real* w, int count)
{
    const real rate = real(-scalars[0]), momentum = real(scalars[1]);
    const unsigned packs = is_aligned(g) && is_aligned(u) && is_aligned(w) ? count / PACK : 0;
    double sum = 0;
    for (unsigned i = first_element(); i < packs; i += element_step())
    {
        const Pack gradient = load_pack(g + PACK * i);
        Pack velocity = load_pack(u + PACK * i);
        Pack parameters = load_pack(w + PACK * i);
#pragma unroll
        for (int k = 0; k < PACK; ++k) move_with_momentum(rate, momentum, gradient.at[k], velocity.at[k], parameters.at[k], sum);
        store_pack(u + PACK * i, velocity);
        store_pack(w + PACK * i, parameters);
    }
    for (unsigned i = packs * PACK + first_element(); i < unsigned(count); i += element_step())
    {
        move_with_momentum(rate, momentum, g[i], u[i], w[i], sum);
    }
    return sum;
}

extern "C" __global__ void __launch_bounds__(THREADS)
    sgd_momentum(const double* scalars, const double* watched, int watched_count, const real* g, real* u, real* w, double* partial,
        int count)
{
    leave_part(partial, are_finite(watched, watched_count) ? momentum_update(scalars, g, u, w, count) : 0);
}

// result = the sum of the partial sums; one block.
extern "C" __global__ void __launch_bounds__(THREADS) square_sum_parts(const double* partial, double* result, int parts)
{
    const double sum = block_sum_of(partial, parts);
    if (threadIdx.x == 0) *result = sum;
}

extern "C" __global__ void __launch_bounds__(THREADS) multiplier_weights(const real* multipliers, real* weights, int samples, int count)
{
    for (unsigned j = first_element(); j < unsigned(count); j += element_step())
    {
        weights[j] = real(2 * (double(multipliers[j]) / samples));
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
    multiplier_ascent(const double* scalars, const double* watched, int watched_count, const double* squares, const double* bounds,
        real* multipliers, real* averages, int count)
{
    if (!are_finite(watched, watched_count)) return;
    const double rate = scalars[0], gain = scalars[1], decay = scalars[2];
    for (unsigned j = first_element(); j < unsigned(count); j += element_step())
    {
        const double error = squares[j] - bounds[j];
        const double before = scalars[3] != 0 ? error : double(averages[j]);
        const double now = decay * before + (1 - decay) * error;
        const double next = double(multipliers[j]) + rate * error + gain * (now - before);
        multipliers[j] = real(next < 0 ? 0 : next);
        averages[j] = real(now);
    }
}
