// The sums of a matrix's columns in float64, in an order that depends on the number of rows alone.
#pragma once
#include "real.cuh"

constexpr int SUM_COLUMNS = 32; // columns of a block: neighbouring lanes read neighbouring columns
constexpr int SUM_SLICES = 8;   // threads that share a column: slice s adds rows s, s + 8, ...

typedef double SliceSums[SUM_SLICES][SUM_COLUMNS];

// The sum of column blockIdx.x * SUM_COLUMNS + threadIdx.x % SUM_COLUMNS of a matrix [rows][columns], on the threads of
// slice 0 whose column exists; all SUM_COLUMNS * SUM_SLICES threads of the block must call it. Element is a function object:
// from a place in the matrix it makes the number that is added.
template <class Element>
__device__ __forceinline__ double sum_column(SliceSums& sums, int rows, int columns, Element element)
{
    const int lane = threadIdx.x % SUM_COLUMNS;
    const int slice = threadIdx.x / SUM_COLUMNS;
    const int column = blockIdx.x * SUM_COLUMNS + lane;
    double sum = 0;
    if (column < columns)
    {
#pragma unroll 4
        for (int row = slice; row < rows; row += SUM_SLICES) sum += element((size_t)row * columns + column);
    }
    sums[slice][lane] = sum;
    __syncthreads();
    if (slice > 0) return 0;
    for (int s = 1; s < SUM_SLICES; ++s) sum += sums[s][lane];
    return sum;
}

// The same for a matrix that lies in memory.
template <class Number>
__device__ __forceinline__ double column_sum(SliceSums& sums, const Number* matrix, int rows, int columns)
{
    return sum_column(sums, rows, columns, [matrix](size_t place) { return double(matrix[place]); });
}
