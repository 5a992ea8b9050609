// The linear algebra of one Newton-KKT step of a sample by a warp, see projection.cuh: W and its Cholesky factor, S = A W^-1 A^T
// and the right-hand side, and dy once the multipliers are known. Columns and rows that are 0 are passed over, which most are
// where rows read a few outputs each.
#pragma once

#include "active_rows.cuh"

constexpr int TRIANGLE = CURVED ? VARIABLES * (VARIABLES + 1) / 2 : 0;

// What a warp has of its sample.
struct State
{
    double y[VARIABLES], trial[VARIABLES], g[VARIABLES], change[VARIABLES];
    double c[ROWS], right[ROWS], lambda[ROWS], next[ROWS], shown[ROWS], mu[ROWS], norms[ROWS];
    double a[ROWS * VARIABLES];

    // L^-1 A^T by rows of A, and behind them L^-1 g, which becomes dy.
    double b[(ROWS + 1) * VARIABLES];
    double s[ROWS * ROWS], gram[ROWS * ROWS];
    double scratch[ACTIVE_SCRATCH];

    // The lower triangle of W by columns, then its factor L.
    double w[TRIANGLE + 1];

    __device__ __forceinline__ double* dy() { return b + ROWS * VARIABLES; }

    // Where column k of the triangle would begin if it had the rows above the diagonal.
    __device__ __forceinline__ double* column(int k) { return w + (k * VARIABLES - k * (k - 1) / 2 - k); }
};
static_assert(sizeof(State) == STATE_BYTES, "the host reserves another size");

__device__ __forceinline__ double dot(const double* a, const double* b)
{
    double sum = 0;
    for (int i = 0; i < VARIABLES; ++i) sum = multiply_add(a[i], b[i], sum);
    return sum;
}

#if CURVED
// Whether a row weighs in rho A^T A: equalities, and inequalities that push.
__device__ __forceinline__ bool counts(const State& s, int row)
{
    return s.norms[row] > 0 && (!IS_AT_MOST[row] || s.shown[row] > 0);
}

// sum_j lambda_j d2c_j/dy2 into the triangle; returns its Frobenius norm.
__device__ __forceinline__ double fill_curvature(State& s, const double* x)
{
    __syncwarp();
    for (int i = threadIdx.x; i < TRIANGLE; i += 32) s.w[i] = 0;
    __syncwarp();
    for (int first = 0; first < VARIABLES; first += 32)
    {
        const int column = first + int(threadIdx.x);
        curve_rows(s.y, x, s.shown, column, s.column(column));
    }
    __syncwarp();
    double square = 0;
    for (int column = threadIdx.x; column < VARIABLES; column += 32)
    {
        const double* own = s.column(column);
        square = multiply_add(own[column], own[column], square);
        for (int i = column + 1; i < VARIABLES; ++i) square = multiply_add(2 * own[i], own[i], square);
    }
    return sqrt(warp_sum(square));
}

// Adds (1 + shift) I + rho A^T A.
__device__ __forceinline__ void add_identity(State& s, double rho, double shift)
{
    for (int column = threadIdx.x; column < VARIABLES; column += 32)
    {
        double* own = s.column(column);
        own[column] += 1 + shift;
        for (int j = 0; j < ROWS && rho > 0; ++j)
        {
            if (!counts(s, j)) continue;
            const double* row = s.a + j * VARIABLES;
            const double factor = rho / (s.norms[j] * s.norms[j]) * row[column];
            for (int i = column; i < VARIABLES && factor != 0; ++i) own[i] = multiply_add(factor, row[i], own[i]);
        }
    }
    __syncwarp();
}

// W = L L^T in place; false where a pivot is not above the least. Columns that L_ck = 0 leaves as they are are passed over.
__device__ __forceinline__ bool factor_in_place(State& s, double least)
{
    for (int k = 0; k < VARIABLES; ++k)
    {
        double* own = s.column(k);
        const double pivot = own[k];
        if (!(pivot > least)) return false;
        const double root = sqrt(pivot);
        __syncwarp();
        for (int i = k + int(threadIdx.x); i < VARIABLES; i += 32) own[i] = i == k ? root : own[i] / root;
        __syncwarp();
        for (int first = k + 1; first < VARIABLES; first += 32)
        {
            const int mine = first + int(threadIdx.x);
            unsigned left = __ballot_sync(FULL_WARP, mine < VARIABLES && own[mine] != 0);
            for (; left != 0; left &= left - 1)
            {
                const int c = first + __ffs(int(left)) - 1;
                const double factor = own[c];
                double* other = s.column(c);
                for (int i = c + int(threadIdx.x); i < VARIABLES; i += 32) other[i] = multiply_add(-own[i], factor, other[i]);
            }
        }
        __syncwarp();
    }
    return true;
}

// The factor of W, of W + rho A^T A, or of that with a larger multiple of the identity, whichever exists first. Returns 0 where
// there is one, and where W is a multiple of I the root of that.
__device__ __forceinline__ double factor_w(State& s, const double* x, double damping, double& rho)
{
    bool is_curved = false;
    for (int j = 0; j < ROWS; ++j) is_curved |= s.shown[j] != 0;
    rho = 0;
    double shift = 0;
    for (int tries = 0; is_curved; ++tries)
    {
        const double size = fill_curvature(s, x);
        if (tries == 1) rho = 10 * (1 + size);
        shift = tries < 2 ? damping * (1 + size) : tries == 2 ? larger(1e-3, damping) * (1 + size) : 10 * shift;
        if (!is_bounded(size) || !is_bounded(shift)) break; // curvature that is no number is no help: a Gauss-Newton step
        add_identity(s, rho, shift);
        if (factor_in_place(s, tries < 2 ? SMALLEST_PIVOT : 0.1 * shift)) return 0;
    }
    rho = 0;
    return sqrt(1 + damping);
}

// L^-1 of each row of b, a lane a row.
__device__ __forceinline__ void solve_forward(State& s)
{
    for (int r = threadIdx.x; r <= ROWS; r += 32)
    {
        double* v = s.b + r * VARIABLES;
        for (int k = 0; k < VARIABLES; ++k)
        {
            if (v[k] == 0) continue;
            const double* factor = s.column(k);
            const double own = v[k] / factor[k];
            v[k] = own;
            for (int i = k + 1; i < VARIABLES; ++i) v[i] = multiply_add(-factor[i], own, v[i]);
        }
    }
    __syncwarp();
}

// L^-T v by the warp.
__device__ __forceinline__ void solve_backward(State& s, double* v)
{
    for (int k = VARIABLES - 1; k >= 0; --k)
    {
        const double own = v[k] / s.column(k)[k];
        __syncwarp();
        for (int i = threadIdx.x; i <= k; i += 32) v[i] = i == k ? own : multiply_add(-s.column(i)[k], own, v[i]);
        __syncwarp();
    }
}
#endif

// Factors W, and forms S = A W^-1 A^T and the right-hand side c - A W^-1 g. Returns what factor_w does.
__device__ __forceinline__ double form_system(State& s, const double* x, double damping)
{
#if CURVED
    double rho;
    const double flat = factor_w(s, x, damping, rho);
#else
    (void)x;
    const double flat = sqrt(1 + damping);
#endif
    const double root = flat > 0 ? flat : 1;
    for (int i = threadIdx.x; i < VARIABLES; i += 32)
    {
        double own = s.g[i];
        for (int j = 0; j < ROWS; ++j)
        {
            const double slope = s.a[j * VARIABLES + i];
            s.b[j * VARIABLES + i] = slope / root;
#if CURVED
            // The term rho / 2 ||c + A dy||^2 whose curvature W has.
            if (rho > 0 && counts(s, j)) own = multiply_add(rho / (s.norms[j] * s.norms[j]) * s.c[j], slope, own);
#endif
        }
        s.dy()[i] = own / root;
    }
    __syncwarp();
#if CURVED
    if (flat == 0) solve_forward(s);
#endif
    for (int j = threadIdx.x; j < ROWS; j += 32)
    {
        s.right[j] = s.c[j] - dot(s.b + j * VARIABLES, s.dy());
        for (int k = 0; k <= j; ++k) s.s[j * ROWS + k] = s.s[k * ROWS + j] = dot(s.b + j * VARIABLES, s.b + k * VARIABLES);
    }
    __syncwarp();
    return flat;
}

// v = -L^-T (v + L^-1 A^T lambda) from what form_system left: with L^-1 g for v it is dy = -W^-1 (g + A^T lambda).
__device__ __forceinline__ void pull(State& s, const double* lambda, double* v, double flat)
{
    const double root = flat > 0 ? flat : 1;
    for (int i = threadIdx.x; i < VARIABLES; i += 32)
    {
        double own = v[i];
        for (int j = 0; j < ROWS; ++j) own = multiply_add(lambda[j], s.b[j * VARIABLES + i], own);
        v[i] = own / root;
    }
    __syncwarp();
#if CURVED
    if (flat == 0) solve_backward(s, v);
#endif
    for (int i = threadIdx.x; i < VARIABLES; i += 32) v[i] = -v[i];
    __syncwarp();
}
