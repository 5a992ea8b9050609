// What an affine transformation needs beside the matrix products of cuBLAS; x [N,in], W [out,in], b [out], y [N,out].
//
//   forward  y  = x W^T + 1 b^T                repeat_row writes 1 b^T, the product is added to it
//   R-op     dy = dx W^T + x dW^T + 1 db^T     the same with db and two products
//   L-op     ux = u W;  uW = u^T x;  ub = u^T 1     column_sums computes ub, in float64
//
// Floor: the products. At a batch of 128 the three dense layers of Eq. 13 take 0.54 GFLOP forward and read 8.4 MB of
// weights in float32: an estimated 8 us and 2.5 us on an H100. The kernels here touch y once, 0.5 MB a layer.
#include "column_sums.cuh"

constexpr int THREADS = 256;

// y[n,j] = row[j]
extern "C" __global__ void __launch_bounds__(THREADS) repeat_row(const real* row, real* y, int columns, int count)
{
    for (unsigned i = first_element(); i < unsigned(count); i += element_step()) y[i] = row[i % columns];
}

// sums[j] = sum_n u[n,j]
extern "C" __global__ void __launch_bounds__(SUM_COLUMNS * SUM_SLICES)
    column_sums(const real* u, real* sums, int rows, int columns)
{
    __shared__ SliceSums shared;
    const double sum = column_sum(shared, u, rows, columns);
    const int column = blockIdx.x * SUM_COLUMNS + threadIdx.x % SUM_COLUMNS;
    if (int(threadIdx.x) < SUM_COLUMNS && column < columns) sums[column] = real(sum);
}
