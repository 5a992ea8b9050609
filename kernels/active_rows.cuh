// The multipliers of one Newton-KKT step by a warp: the twin of engine/Kernels/ActiveRows.cs, which says what is solved and by
// whose method. Every number comes of the same operations in the same order, so that a test asks for the same bits; that holds
// without contraction of a b + c. What is in front of this text: ROWS, IS_AT_MOST and DEPENDENT_ROW.
#pragma once

// Numbers of scratch that solve_multipliers takes.
constexpr int ACTIVE_SCRATCH = ROWS * (ROWS + 6);

// The row with the largest rest that is no dependent one; -1 where there is none. The same on every lane.
__device__ __forceinline__ int next_pivot(const double* rest)
{
    int pivot = -1;
    for (int j = 0; j < ROWS; ++j)
    {
        if (rest[j] > DEPENDENT_ROW && (pivot < 0 || rest[j] > rest[pivot])) pivot = j;
    }
    return pivot;
}

// One row of the pivoted Cholesky factor: entry j on the lane of row j.
__device__ __forceinline__ void eliminate(const double* s, const double* scales, int rank, int pivot, double* factor, double* rest)
{
    const double diagonal = sqrt(rest[pivot]);
    __syncwarp();
    for (int j = threadIdx.x; j < ROWS; j += 32)
    {
        if (j == pivot)
        {
            factor[rank * ROWS + j] = diagonal;
            rest[j] = -1;
            continue;
        }
        if (rest[j] <= 0) continue;
        double sum = s[pivot * ROWS + j] * scales[pivot] * scales[j];
        for (int k = 0; k < rank; ++k) sum -= factor[k * ROWS + pivot] * factor[k * ROWS + j];
        const double entry = sum / diagonal;
        factor[rank * ROWS + j] = entry;
        rest[j] -= entry * entry;
    }
    __syncwarp();
}

// lambda from the factor, by one lane: a chain of J sums.
__device__ __forceinline__ void substitute(const double* b, const double* scales, const double* factor, const double* order, int rank, double* right, double* lambda)
{
    for (int k = 0; k < rank; ++k)
    {
        const int row = int(order[k]);
        double sum = b[row] * scales[row];
        for (int i = 0; i < k; ++i) sum -= factor[i * ROWS + row] * right[i];
        right[k] = sum / factor[k * ROWS + row];
    }
    for (int k = rank - 1; k >= 0; --k)
    {
        const int row = int(order[k]);
        double sum = right[k];
        for (int i = k + 1; i < rank; ++i) sum -= factor[k * ROWS + int(order[i])] * lambda[int(order[i])];
        lambda[row] = sum / factor[k * ROWS + row];
    }
    for (int k = 0; k < rank; ++k) lambda[int(order[k])] *= scales[int(order[k])];
}

// lambda = S_PP^+ b_P over the rows P, 0 elsewhere. scratch has ROWS (ROWS + 4) numbers.
__device__ inline void solve_rows(const double* s, const double* b, const double* is_in, double* lambda, double* scratch)
{
    double* factor = scratch;
    double* scales = factor + ROWS * ROWS;
    double* rest = scales + ROWS;
    double* order = rest + ROWS;
    double* right = order + ROWS;
    for (int j = threadIdx.x; j < ROWS; j += 32)
    {
        const double diagonal = s[j * ROWS + j];
        scales[j] = is_in[j] == 1 && diagonal > 0 ? 1 / sqrt(diagonal) : 0;
        rest[j] = scales[j] > 0 ? 1 : 0;
        lambda[j] = 0;
    }
    __syncwarp();
    int rank = 0;
    for (; rank < ROWS; ++rank)
    {
        const int pivot = next_pivot(rest);
        if (pivot < 0) break;
        if (threadIdx.x == 0) order[rank] = pivot;
        eliminate(s, scales, rank, pivot, factor, rest);
    }
    __syncwarp();
    if (threadIdx.x == 0) substitute(b, scales, factor, order, rank, right, lambda);
    __syncwarp();
}

// The row at most 0 that stops lambda first on its way to the trial, and how far it comes; -1 where none does.
__device__ __forceinline__ int first_to_stop(const double* is_in, const double* lambda, const double* trial, double& share)
{
    int row = -1;
    share = 1;
    for (int j = 0; j < ROWS; ++j)
    {
        if (!IS_AT_MOST[j] || is_in[j] != 1 || !(trial[j] < 0)) continue;
        const double own = lambda[j] / (lambda[j] - trial[j]);
        if (row >= 0 && own >= share) continue;
        share = own;
        row = j;
    }
    return row;
}

// Takes in the row that the linearized step violates most; false where none is. `distances` has ROWS numbers.
__device__ __forceinline__ bool add_most_violated(const double* s, const double* b, double* is_in, const double* lambda, double* distances)
{
    for (int j = threadIdx.x; j < ROWS; j += 32)
    {
        distances[j] = 0;
        if (is_in[j] == 1 || !(s[j * ROWS + j] > 0)) continue;
        double violation = b[j], size = fabs(b[j]);
        for (int k = 0; k < ROWS; ++k)
        {
            violation -= s[j * ROWS + k] * lambda[k];
            size += fabs(s[j * ROWS + k] * lambda[k]);
        }
        if (violation > 1e-14 * size) distances[j] = violation / sqrt(s[j * ROWS + j]);
    }
    __syncwarp();
    int worst = -1;
    double most = 0;
    for (int j = 0; j < ROWS; ++j)
    {
        if (!(distances[j] > most)) continue;
        most = distances[j];
        worst = j;
    }
    if (worst >= 0 && int(threadIdx.x) == worst % 32) is_in[worst] = 1;
    __syncwarp();
    return worst >= 0;
}

// minimise 1/2 lambda^T S lambda - b^T lambda with lambda_j >= 0 for rows at most 0, from the multipliers before, which are
// overwritten. scratch has ACTIVE_SCRATCH numbers.
__device__ inline void solve_multipliers(const double* s, const double* b, double* lambda, double* scratch)
{
    double* trial = scratch;
    double* is_in = trial + ROWS;
    double* rest = is_in + ROWS;
    bool has_inequalities = false;
    for (int j = 0; j < ROWS; ++j) has_inequalities |= IS_AT_MOST[j];
    for (int j = threadIdx.x; j < ROWS; j += 32)
    {
        is_in[j] = !IS_AT_MOST[j] || lambda[j] > 0 ? 1 : 0;
        if (is_in[j] == 0) lambda[j] = 0;
    }
    __syncwarp();
    for (int round = 0;; ++round)
    {
        solve_rows(s, b, is_in, trial, rest);
        double share;
        const int blocking = first_to_stop(is_in, lambda, trial, share);
        __syncwarp();
        for (int j = threadIdx.x; j < ROWS; j += 32)
        {
            if (j == blocking) is_in[j] = 0;
            lambda[j] = blocking < 0 ? trial[j] : j == blocking ? 0 : lambda[j] + share * (trial[j] - lambda[j]);
        }
        __syncwarp();
        if (blocking >= 0) continue;
        // The method is finite; rounding may make it turn in circles all the same.
        if (!has_inequalities || round > 3 * ROWS + 10 || !add_most_violated(s, b, is_in, lambda, trial)) return;
    }
}
