// The nearest points y = argmin 1/2 ||y - yhat||^2 under c_j(y, x) = 0 or <= 0, and products with dy/dyhat: a warp a sample, all
// samples in one launch, in float64 whatever the tensors hold. The method and its sources are those of
// engine/Kernels/DenseProjection.cs: Newton's method on the KKT conditions,
//
//   [ W  A^T ] [ dy     ]   [ yhat - y ]
//   [ A   0  ] [ lambda ] = [ -c       ],    W = I + sum_j lambda_j d2c_j/dy2
//
// with W factored by Cholesky, S = A W^-1 A^T handed to active_rows.cuh, and steps judged by newton_course.cuh.
//
// One set of rows is one text, printed by engine/Cuda/ProjectionPrinter.cs, which ends with this file. In front of it are
//   OUTPUTS, COLUMNS, ROWS    the widths of a sample's y, x and c
//   VARIABLES, OUTPUT_OF      the outputs that rows read; the others stay where they are, and W and A leave them out
//   IS_AT_MOST                for each row
//   CURVED                    whether W is not I
//   IN_SHARED, STATE_BYTES    whether a warp's state lies in shared memory, and how large it is
//   evaluate_rows, curve_rows the tapes: a lane each for a column of A or of the Hessian, with the direction e_column
//   output                    the number type of yhat, y, v and x
// and the limits of the C# classes. Compiled with --fmad=false for the tapes; sums of products here are written fused.
//
// Sums run in a fixed order, and no lane's numbers depend on where its block runs: the same bits in every run.
//
// Floor: operations; Eq. 15 (42 of 51 outputs, 6 rows, tapes of 864 lines) takes about 80,000 a round, which is an estimated 2 us
// for 128 samples of 6 rounds at the rate of float64. But a round is a chain, column after column of W: an estimated 20 us, and
// 0.1 ms a launch whatever the number of samples, as long as the multiprocessors hold them all (15 each by shared memory).
// Bytes: 26 KB in and 90 KB out for 128 samples.
#pragma once

#include "newton_course.cuh"
#include "newton_system.cuh"

#if IN_SHARED
#define PLACE_STATE(states)   \
    (void)states;             \
    __shared__ State state
#else
#define PLACE_STATE(states) State& state = states[blockIdx.x]
#endif

__device__ __forceinline__ double violation_of(int row, double c)
{
    return IS_AT_MOST[row] ? larger(c, 0) : absolute(c);
}

__device__ __forceinline__ double warp_greatest(double value)
{
    for (int distance = 16; distance > 0; distance >>= 1) value = greater(value, __shfl_xor_sync(FULL_WARP, value, distance));
    return value;
}

// c, A and the norms of A's rows.
__device__ __forceinline__ void evaluate(State& s, const double* y, const double* x)
{
    for (int first = 0; first < VARIABLES; first += 32) evaluate_rows(y, x, first + int(threadIdx.x), s.c, s.a);
    __syncwarp();
    for (int j = threadIdx.x; j < ROWS; j += 32) s.norms[j] = sqrt(dot(s.a + j * VARIABLES, s.a + j * VARIABLES));
    __syncwarp();
}

// Whether a row may have a multiplier: of those at most 0 the violated ones, and those that the last step ended on.
__device__ __forceinline__ bool may_bind(const State& s, int row)
{
    return !IS_AT_MOST[row] || s.c[row] > 0 || s.next[row] > 0;
}

// lambda = argmin ||g + A^T lambda||, not negative for rows at most 0: the multipliers that the trial point has by itself.
__device__ __forceinline__ void find_multipliers(State& s)
{
    for (int j = threadIdx.x; j < ROWS; j += 32)
    {
        const double* own = s.a + j * VARIABLES;
        s.right[j] = -dot(own, s.g);
        s.shown[j] = 0;
        for (int k = 0; k <= j; ++k)
        {
            s.gram[j * ROWS + k] = s.gram[k * ROWS + j] = may_bind(s, j) && may_bind(s, k) ? dot(own, s.a + k * VARIABLES) : 0;
        }
    }
    __syncwarp();
    solve_multipliers(s.gram, s.right, s.shown, s.scratch);
}

// The rows at the trial point, and the multipliers there.
__device__ __forceinline__ Point measure(State& s, const output* target, const double* x)
{
    for (int i = threadIdx.x; i < VARIABLES; i += 32) s.g[i] = s.trial[i] - double(target[OUTPUT_OF[i]]);
    evaluate(s, s.trial, x);
    find_multipliers(s);
    double square = 0, stationarity = 0;
    for (int i = threadIdx.x; i < VARIABLES; i += 32)
    {
        const double g = s.g[i];
        double own = g;
        for (int j = 0; j < ROWS; ++j) own = multiply_add(s.shown[j], s.a[j * VARIABLES + i], own);
        square = multiply_add(g, g, square);
        stationarity = multiply_add(own, own, stationarity);
    }
    Point point = {0.5 * warp_sum(square), sqrt(warp_sum(stationarity)), 0, 0};
    for (int j = 0; j < ROWS; ++j)
    {
        const double own = violation_of(j, s.c[j]);
        const double slack = IS_AT_MOST[j] && s.shown[j] > 0 ? larger(-s.c[j], 0) : 0;
        if (own != 0) point.violation = larger(point.violation, own / s.norms[j]);
        if (slack != 0) point.stationarity += slack / s.norms[j];
        point.penalty += s.mu[j] * own;
    }
    if (point.violation == infinity()) point.violation = NO_SLOPE;
    __syncwarp();
    return point;
}

// Takes the trial point and finds the step from there; false where it leads nowhere.
__device__ __forceinline__ bool step(State& s, const double* x, const Point& point, Course& course, double& damping, double& flat)
{
    damping = damping_after(damping, course.share);
    for (int i = threadIdx.x; i < VARIABLES; i += 32) s.y[i] = s.trial[i];
    for (int j = threadIdx.x; j < ROWS; j += 32) s.lambda[j] = s.next[j] = s.shown[j];
    __syncwarp();
    flat = form_system(s, x, damping);
    solve_multipliers(s.s, s.right, s.next, s.scratch);
    pull(s, s.next, s.dy(), flat);
    double slope = 0;
    for (int i = threadIdx.x; i < VARIABLES; i += 32) slope = multiply_add(s.g[i], s.dy()[i], slope);
    slope = warp_sum(slope);
    double* linear = s.right;
    for (int j = threadIdx.x; j < ROWS; j += 32)
    {
        linear[j] = s.c[j] + dot(s.a + j * VARIABLES, s.dy());
        s.mu[j] = penalty_after(s.mu[j], s.next[j]);
    }
    __syncwarp();
    double penalty = 0;
    for (int j = 0; j < ROWS; ++j)
    {
        const double violation = violation_of(j, s.c[j]);
        penalty += s.mu[j] * violation;
        slope -= s.mu[j] * (violation - violation_of(j, linear[j]));
    }
    __syncwarp();
    return is_bounded(slope) && set_out(course, point.half_square + penalty, slope);
}

// Which rows products and corrections meet: equalities, and inequalities whose multiplier is above 0.
__device__ __forceinline__ void choose_rows(const double* lambda, double* is_in)
{
    for (int j = threadIdx.x; j < ROWS; j += 32) is_in[j] = !IS_AT_MOST[j] || lambda[j] > 0 ? 1 : 0;
    __syncwarp();
}

// Adds to the trial point what makes the linearized rows meet c there: -W^-1 A^T S^+ c with the factors before the step.
__device__ __forceinline__ void correct(State& s, double flat)
{
    choose_rows(s.next, s.scratch);
    solve_rows(s.s, s.c, s.scratch, s.right, s.scratch + ROWS);
    for (int i = threadIdx.x; i < VARIABLES; i += 32) s.change[i] = 0;
    __syncwarp();
    pull(s, s.right, s.change, flat);
    for (int i = threadIdx.x; i < VARIABLES; i += 32) s.trial[i] += s.change[i];
    __syncwarp();
}

// What is shown so far: the nearest point, or the best.
__device__ __forceinline__ void keep(const double* y, const double* lambda, double* point, double* multipliers)
{
    for (int i = threadIdx.x; i < VARIABLES; i += 32) point[OUTPUT_OF[i]] = y[i];
    for (int j = threadIdx.x; j < ROWS; j += 32) multipliers[j] = lambda[j];
}

// The nearest point from yhat, which state and point hold. Returns the exit.
__device__ __forceinline__ int find_nearest(State& s, const output* target, const double* x, double* point, double* multipliers, Course& course)
{
    double damping = 0, flat = 1;
    for (;;)
    {
        const Point at = measure(s, target, x);
        Verdict verdict = judge(course, at);
        if (!at.is_finite() && course.rounds == 1) return EXIT_NOT_FINITE;
        if (verdict == END_BEFORE)
        {
            keep(s.y, s.lambda, point, multipliers);
            return EXIT_CONVERGED;
        }
        if (verdict == END_HERE || (at.is_finite() && at.violation < course.best_violation))
        {
            course.best_violation = at.violation;
            keep(s.trial, s.shown, point, multipliers);
        }
        if (verdict == END_HERE) return course.rounds == 1 ? EXIT_FEASIBLE : EXIT_CONVERGED;
        if (verdict == ACCEPT && !step(s, x, at, course, damping, flat)) verdict = STALL;
        if (verdict == STALL) return course.rounds >= MOST_ROUNDS ? EXIT_MOST_ROUNDS : EXIT_STALLED;
        if (verdict == CORRECT)
        {
            correct(s, flat);
            continue;
        }
        for (int i = threadIdx.x; i < VARIABLES; i += 32) s.trial[i] = s.y[i] + course.share * s.dy()[i];
        __syncwarp();
    }
}

// Puts yhat and x where they are wanted; returns the largest |yhat_i|, or NaN.
__device__ __forceinline__ double begin_sample(State& s, const output* target, const output* given, double* x, double* point, double* multipliers)
{
    double largest = 0;
    for (int i = threadIdx.x; i < OUTPUTS; i += 32)
    {
        point[i] = double(target[i]);
        largest = greater(largest, absolute(double(target[i])));
    }
    for (int i = threadIdx.x; i < COLUMNS; i += 32) x[i] = double(given[i]);
    for (int i = threadIdx.x; i < VARIABLES; i += 32) s.trial[i] = double(target[OUTPUT_OF[i]]);
    for (int j = threadIdx.x; j < ROWS; j += 32) multipliers[j] = s.lambda[j] = s.next[j] = s.mu[j] = 0;
    __syncwarp();
    return warp_greatest(largest);
}

extern "C" __global__ void __launch_bounds__(32) projection_nearest(
    const output* target, const output* given, double* columns, double* points, double* multipliers, int* exits, int* rounds,
    output* result, State* states, int samples)
{
    PLACE_STATE(states);
    for (unsigned sample = blockIdx.x; sample < unsigned(samples); sample += gridDim.x)
    {
        const size_t row = sample;
        double* point = points + row * OUTPUTS;
        double* x = columns + row * COLUMNS;
        const double largest = begin_sample(state, target + row * OUTPUTS, given + row * COLUMNS, x, point, multipliers + row * ROWS);
        Course course = begin_course(largest);
        const int exit = is_bounded(largest) ? find_nearest(state, target + row * OUTPUTS, x, point, multipliers + row * ROWS, course) : EXIT_NOT_FINITE;
        __syncwarp();
        for (int i = threadIdx.x; i < OUTPUTS; i += 32) result[row * OUTPUTS + i] = output(point[i]);
        if (threadIdx.x == 0)
        {
            exits[row] = exit;
            rounds[row] = course.rounds;
        }
        __syncwarp();
    }
}

// The product at one sample's point with v, which g holds: -dy.
__device__ __forceinline__ void multiply(State& s, const double* x)
{
    evaluate(s, s.y, x);
    for (int j = threadIdx.x; j < ROWS; j += 32) s.c[j] = 0;
    choose_rows(s.shown, s.scratch);
    const double flat = form_system(s, x, 0);
    solve_rows(s.s, s.right, s.scratch, s.next, s.scratch + ROWS);
    pull(s, s.next, s.dy(), flat);
}

extern "C" __global__ void __launch_bounds__(32) projection_product(
    const double* columns, const double* points, const double* multipliers, const int* exits, const output* v, output* result,
    State* states, int samples)
{
    PLACE_STATE(states);
    for (unsigned sample = blockIdx.x; sample < unsigned(samples); sample += gridDim.x)
    {
        const size_t row = sample;
        const bool is_number = exits[row] != EXIT_NOT_FINITE;
        const output* direction = v + row * OUTPUTS;
        output* own = result + row * OUTPUTS;
        for (int i = threadIdx.x; i < OUTPUTS; i += 32) own[i] = is_number ? direction[i] : output(infinity() - infinity());
        __syncwarp();
        if (!is_number) continue;
        for (int i = threadIdx.x; i < VARIABLES; i += 32)
        {
            state.y[i] = points[row * OUTPUTS + OUTPUT_OF[i]];
            state.g[i] = double(direction[OUTPUT_OF[i]]);
        }
        for (int j = threadIdx.x; j < ROWS; j += 32) state.shown[j] = multipliers[row * ROWS + j];
        __syncwarp();
        multiply(state, columns + row * COLUMNS);
        for (int i = threadIdx.x; i < VARIABLES; i += 32) own[OUTPUT_OF[i]] = output(-state.dy()[i]);
        __syncwarp();
    }
}
