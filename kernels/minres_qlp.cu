// MINRES-QLP: fused vector passes, float64 sums in a fixed order, and the scalar recurrence on a state in device memory.
// Formulas in engine/Kernels/IMinresQlpKernels.cs, the recurrence in minres_qlp.cuh.
//
// With diagonal M an iteration on n unknowns is four launches beside the operator:
//   minres_product     wl, w, x2 of iteration k-1;  p = M^-1 p / s_k - (beta_k / s_k-1) z_k-1;  partial sums of both kinds
//   minres_accept      one block: the sums, then alpha_k on one thread
//   minres_normalise   p = sigma (p - (alpha_k / s_k) z_k);  partial sums of m p^2
//   minres_advance     one block: the sum, then beta_k+1, reflections, estimates and the decision on one thread
// minres_advance, some microseconds of dependent float64 on one thread, runs beside the operator of the next iteration, which
// needs none of its results: recorded, it is a branch that joins before minres_product (engine/Krylov/MinresQlp.cs), but for the
// last of a cycle. Under a general M the directions are a pass of their own (minres_directions), since z_k does not last, and
// the norm is a product (minres_inner). alpha_k must be known before p is normalised, and beta_k+1 before the directions move,
// so that two sums over the whole grid an iteration are the least there can be; each ends in the next launch.
//
// The grid depends on n alone, each block leaves its partial sums in its own place, and one block adds them in their
// order: the same bits on every run and on every device. Every kernel reads the state's stop flag first and returns at
// once when the solve is over, so that iterations may be launched ahead. Arguments never change from solve to solve; what
// does (settings, M, the scale) is in the state. Hence a graph of a few iterations serves for ever.
//
// Floor: bytes. 6 reads and 4 writes of a vector in the product, 2 and 1 in the normalisation: 13 n reals, one or two more
// where M is a vector. With n = 2,097,699 in float32 that is 109 MB an iteration, an estimated 33 us on an H100 at
// 3.35 TB/s; its six vectors (50 MB) just about fit its L2, which can only help.
#include "real.cuh"
#include "minres_qlp.cuh"

constexpr int THREADS = 256;

// What the host uploads at the start of a solve: DeviceSolve of engine/Cuda/MinresQlpState.cs.
struct MinresState
{
    MinresScalars s;
    double first, second;                 // m_i for i < split and from there on
    double inverse_first, inverse_second; // 1 / m_i
    const real* diagonal;                 // m, or null
    int split, unused;
};

struct Sums
{
    double sum0, sum1;
};

// ---------------------------------------------------------------------------------------------------------------------
// The preconditioner.

// m_i = m: sums are weighed once, at their end.
struct ConstantWeight
{
    real inverse;

    __device__ __forceinline__ real divide(real x, unsigned) const { return x * inverse; }

    __device__ __forceinline__ real weigh(real x, unsigned) const { return x; }

    __device__ __forceinline__ bool is_positive(unsigned) const { return inverse > real(0); }
};

// m_i from memory: one more read a pass.
struct VectorWeight
{
    const real* m;

    __device__ __forceinline__ real divide(real x, unsigned i) const { return x / __ldg(m + i); }

    __device__ __forceinline__ real weigh(real x, unsigned i) const { return x * __ldg(m + i); }

    __device__ __forceinline__ bool is_positive(unsigned i) const { return __ldg(m + i) > real(0); }
};

// Runs a pass over all elements, block of M by block of M, and returns this thread's share of the weighed sums.
template <class Pass>
__device__ __forceinline__ Sums run_weighed(const MinresState* state, unsigned count, const Pass& pass)
{
    if (state->diagonal) return pass.run(VectorWeight{state->diagonal}, 0, count);
    const unsigned split = state->split < int(count) ? state->split : count;
    const double first = state->first, second = state->second;
    const Sums a = pass.run(ConstantWeight{real(state->inverse_first)}, 0, split);
    const Sums b = pass.run(ConstantWeight{real(state->inverse_second)}, split, count);
    return {first * a.sum0 + second * b.sum0, first * a.sum1 + second * b.sum1};
}

// Calls `one(i)` for the elements of [begin, end) that fall to this thread where `pack(i)` cannot take PACK of them at
// i, ..., i + PACK - 1, a multiple of PACK.
template <class One, class Packed>
__device__ __forceinline__ void for_elements(unsigned begin, unsigned end, One one, Packed pack)
{
    const unsigned first = (begin + PACK - 1) / PACK;
    const unsigned last = end / PACK;
    if (first >= last)
    {
        for (unsigned i = begin + first_element(); i < end; i += element_step()) one(i);
        return;
    }
    for (unsigned i = begin + first_element(); i < first * PACK; i += element_step()) one(i);
    for (unsigned i = first + first_element(); i < last; i += element_step()) pack(i * PACK);
    for (unsigned i = last * PACK + first_element(); i < end; i += element_step()) one(i);
}

// ---------------------------------------------------------------------------------------------------------------------
// Sums over the grid.

// partial[block], partial[blocks + block] = the block's share of the two sums.
__device__ __forceinline__ void leave_sums(double* partial, Sums sums)
{
    const double sum0 = block_sum(sums.sum0);
    const double sum1 = block_sum(sums.sum1);
    if (threadIdx.x != 0) return;
    partial[blockIdx.x] = sum0;
    partial[gridDim.x + blockIdx.x] = sum1;
}

__device__ __forceinline__ void leave_sum(double* partial, double sum)
{
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// ---------------------------------------------------------------------------------------------------------------------
// The start.

// M = diag(h I, s I) of a KKT system by numbers of its step, which the host has not seen yet: TraceWeights of
// engine/Kernels/ISolvesAhead.cs, the same formulas in the same order.
extern "C" __global__ void minres_weigh(
    MinresState* state, const double* probes, int count, int rows, double weight, const double* curvature, const double* gradient,
    double spread)
{
    double trace = 0;
    for (int i = 0; i < count; ++i) trace += probes[i] / count;
    double size = weight;
    if (curvature)
    {
        const double ratio = curvature[0] / gradient[0];
        size = greater_of(weight, (is_finite(ratio) ? ratio : 0) / spread);
    }
    double scale = trace / (rows * size);
    if (!(scale > 0 && is_finite(scale))) scale = 1;
    state->first = size;
    state->second = scale;
    state->inverse_first = 1 / size;
    state->inverse_second = 1 / scale;
}

// partial[block] = the block's greatest |b_i|.
extern "C" __global__ void __launch_bounds__(THREADS) minres_max_abs(const real* b, double* partial, int count)
{
    __shared__ double maxima[THREADS];
    double best = 0;
    for (unsigned i = first_element(); i < unsigned(count); i += element_step())
    {
        best = greater(best, magnitude(double(b[i])));
    }
    best = block_max(maxima, best);
    if (threadIdx.x == 0) partial[blockIdx.x] = best;
}

extern "C" __global__ void __launch_bounds__(THREADS)
    minres_choose_scale(MinresState* state, const double* partial, int parts)
{
    __shared__ double maxima[THREADS];
    double best = 0;
    for (int i = threadIdx.x; i < parts; i += THREADS) best = greater(best, partial[i]);
    best = block_max(maxima, best);
    if (threadIdx.x == 0) choose_scale(state->s, best);
}

struct StartPass
{
    const real* b;
    real* z;
    real scale;

    template <class Weight>
    __device__ __forceinline__ Sums run(const Weight& weight, unsigned begin, unsigned end) const
    {
        bool positive = true;
        double sum = 0;
        for (unsigned i = begin + first_element(); i < end; i += element_step())
        {
            positive = positive && weight.is_positive(i);
            z[i] = weight.divide(b[i] * scale, i);
            sum = fma(double(weight.weigh(z[i], i)), double(z[i]), sum);
        }
        return {positive ? sum : of_bits(0xfff0000000000000ull), 0}; // -infinity
    }
};

// z = M^-1 b / scale;  wl = w = x2 = 0;  the sum of m z^2, or -infinity where M is not positive.
extern "C" __global__ void __launch_bounds__(THREADS) minres_start(
    const MinresState* state, const real* b, real* z, real* wl, real* w, real* x2, double* partial, int count)
{
    for (unsigned i = first_element(); i < unsigned(count); i += element_step()) wl[i] = w[i] = x2[i] = real(0);
    if (state->s.stop != 0) return;
    leave_sum(partial, run_weighed(state, count, StartPass{b, z, real(1 / state->s.scale)}).sum0);
}

// ---------------------------------------------------------------------------------------------------------------------
// An iteration.

// The coefficients that move the directions along, and the moved values.
struct Directions
{
    real c1, s1, c2, s2, mu2, v;

    __device__ explicit Directions(const MinresScalars& s)
        : c1(real(s.pass_c1)), s1(real(s.pass_s1)), c2(real(s.pass_c2)), s2(real(s.pass_s2)), mu2(real(s.pass_mu2)),
          v(real(s.pass_v))
    {
    }

    __device__ __forceinline__ void move(real z, real& wl, real& w, real& x2) const
    {
        const real lanczos = z * v;
        const real final = multiply_add(c2, wl, s2 * lanczos);
        const real a = multiply_add(s2, wl, -(c2 * lanczos));
        const real last = w;
        x2 = multiply_add(mu2, final, x2);
        wl = multiply_add(c1, last, s1 * a);
        w = multiply_add(s1, last, -(c1 * a));
    }

    __device__ __forceinline__ void move_at(unsigned i, const Pack& z, real* wl, real* w, real* x2) const
    {
        Pack wl_pack = load_pack(wl + i), w_pack = load_pack(w + i), x2_pack = load_pack(x2 + i);
#pragma unroll
        for (int k = 0; k < PACK; ++k) move(z.at[k], wl_pack.at[k], w_pack.at[k], x2_pack.at[k]);
        store_pack(wl + i, wl_pack);
        store_pack(w + i, w_pack);
        store_pack(x2 + i, x2_pack);
    }
};

extern "C" __global__ void __launch_bounds__(THREADS)
    minres_directions(const MinresState* state, const real* z, real* wl, real* w, real* x2, int count)
{
    if (state->s.directions_due == 0) return;
    const Directions directions(state->s);
    for_elements(
        0, count, [&](unsigned i) { directions.move(z[i], wl[i], w[i], x2[i]); },
        [&](unsigned i) { directions.move_at(i, load_pack(z + i), wl, w, x2); });
}

template <bool DIRECTIONS>
struct ProductPass
{
    Directions directions;
    const real *z, *previous;
    real *p, *wl, *w, *x2;
    real product, previous_factor;
    bool first;

    template <class Weight>
    __device__ __forceinline__ Sums run(const Weight& weight, unsigned begin, unsigned end) const
    {
        Sums sums = {0, 0};
        for_elements(
            begin, end,
            [&](unsigned i)
            {
                // In the first iteration the coefficient is 0, and 0 times what memory holds need not be.
                const real before = first ? real(0) : previous[i];
                if (DIRECTIONS && !first) directions.move(before, wl[i], w[i], x2[i]);
                p[i] = element(weight, i, z[i], before, p[i], sums);
            },
            [&](unsigned i)
            {
                Pack before = {};
                if (!first) before = load_pack(previous + i);
                if (DIRECTIONS && !first) directions.move_at(i, before, wl, w, x2);
                const Pack z_pack = load_pack(z + i);
                Pack p_pack = load_pack(p + i);
#pragma unroll
                for (int k = 0; k < PACK; ++k)
                {
                    p_pack.at[k] = element(weight, i + k, z_pack.at[k], before.at[k], p_pack.at[k], sums);
                }
                store_pack(p + i, p_pack);
            });
        return sums;
    }

    template <class Weight>
    __device__ __forceinline__ real element(const Weight& weight, unsigned i, real z, real before, real p, Sums& sums) const
    {
        const real value = multiply_add(previous_factor, before, weight.divide(p, i) * product);
        const double weighed = double(weight.weigh(value, i));
        sums.sum0 = fma(double(z), weighed, sums.sum0);
        sums.sum1 = fma(double(value), weighed, sums.sum1);
        return value;
    }
};

template <bool DIRECTIONS>
__device__ __forceinline__ void run_product(
    const MinresState* state, const real* z, const real* previous, real* p, real* wl, real* w, real* x2, double* partial,
    int count)
{
    const MinresScalars& s = state->s;
    const ProductPass<DIRECTIONS> pass = {
        Directions(s), z, previous, p, wl, w, x2, real(s.pass_product), real(-s.pass_previous), s.iteration == 0};
    leave_sums(partial, run_weighed(state, count, pass));
}

// The first pass with the directions of the iteration before, which reads `previous` as well. Once the last iteration is
// decided only its directions are left to do.
extern "C" __global__ void __launch_bounds__(THREADS) minres_product(
    const MinresState* state, const real* z, const real* previous, real* p, real* wl, real* w, real* x2, double* partial,
    int count)
{
    if (state->s.stop == 0)
    {
        run_product<true>(state, z, previous, p, wl, w, x2, partial, count);
        return;
    }
    if (state->s.directions_due == 0) return;
    const Directions directions(state->s);
    for_elements(
        0, count, [&](unsigned i) { directions.move(previous[i], wl[i], w[i], x2[i]); },
        [&](unsigned i) { directions.move_at(i, load_pack(previous + i), wl, w, x2); });
}

// The first pass alone.
extern "C" __global__ void __launch_bounds__(THREADS) minres_bare_product(
    const MinresState* state, const real* z, const real* previous, real* p, double* partial, int count)
{
    if (state->s.stop != 0) return;
    run_product<false>(state, z, previous, p, nullptr, nullptr, nullptr, partial, count);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    minres_accept(MinresState* state, const double* partial, int parts)
{
    const bool over = state->s.stop != 0;
    __syncthreads(); // before anyone writes
    if (over)
    {
        if (threadIdx.x == 0) accept_product(state->s);
        return;
    }
    const double sum0 = block_sum_of(partial, parts);
    const double sum1 = block_sum_of(partial + parts, parts);
    if (threadIdx.x != 0) return;
    state->s.sum0 = sum0;
    state->s.sum1 = sum1;
    accept_product(state->s);
}

struct NormalisePass
{
    const real* current;
    real* p;
    real factor, scale;

    template <class Weight>
    __device__ __forceinline__ Sums run(const Weight& weight, unsigned begin, unsigned end) const
    {
        double sum = 0;
        for_elements(
            begin, end, [&](unsigned i) { p[i] = element(weight, i, current[i], p[i], sum); },
            [&](unsigned i)
            {
                const Pack z_pack = load_pack(current + i);
                Pack p_pack = load_pack(p + i);
#pragma unroll
                for (int k = 0; k < PACK; ++k) p_pack.at[k] = element(weight, i + k, z_pack.at[k], p_pack.at[k], sum);
                store_pack(p + i, p_pack);
            });
        return {sum, 0};
    }

    template <class Weight>
    __device__ __forceinline__ real element(const Weight& weight, unsigned i, real z, real p, double& sum) const
    {
        const real value = multiply_add(factor, z, p) * scale;
        sum = fma(double(weight.weigh(value, i)), double(value), sum);
        return value;
    }
};

extern "C" __global__ void __launch_bounds__(THREADS)
    minres_normalise(const MinresState* state, const real* current, real* p, double* partial, int count)
{
    if (state->s.stop != 0) return;
    const NormalisePass pass = {current, p, real(-state->s.pass_current), real(state->s.next_scale)};
    leave_sum(partial, run_weighed(state, count, pass).sum0);
}

// The sum of r z.
extern "C" __global__ void __launch_bounds__(THREADS)
    minres_inner(const MinresState* state, const real* r, const real* z, double* partial, int count)
{
    if (state->s.stop != 0) return;
    double sum = 0;
    for (unsigned i = first_element(); i < unsigned(count); i += element_step())
    {
        sum = fma(double(r[i]), double(z[i]), sum);
    }
    leave_sum(partial, sum);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    minres_advance(MinresState* state, const double* partial, int parts)
{
    if (state->s.stop != 0) return;
    const double sum = block_sum_of(partial, parts);
    if (threadIdx.x != 0) return;
    state->s.sum0 = sum;
    advance(state->s);
}

// ---------------------------------------------------------------------------------------------------------------------
// The end.

// x = scale (x2 + mu1 wl + mu0 w), with the directions of the last iteration where z is given and they are due: they are
// moved on the way and not kept.
extern "C" __global__ void __launch_bounds__(THREADS) minres_solution(
    const MinresState* state, const real* z, const real* wl, const real* w, const real* x2, real* x, int count)
{
    const MinresScalars& s = state->s;
    const Directions directions(s);
    const bool due = z && s.directions_due != 0;
    const bool zero = s.exit == EXIT_ZERO_SOLUTION;
    const real mu0 = real(s.mu0), mu1 = real(s.mu1), scale = real(s.scale);
    for (unsigned i = first_element(); i < unsigned(count); i += element_step())
    {
        real wl_i = wl[i], w_i = w[i], x2_i = x2[i];
        if (due) directions.move(z[i], wl_i, w_i, x2_i);
        x[i] = zero ? real(0) : multiply_add(mu0, w_i, multiply_add(mu1, wl_i, x2_i)) * scale;
    }
}
