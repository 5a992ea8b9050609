// What an affine transformation, with or without ReLU behind it, needs beside the matrix products of cuBLAS;
// x [N,in], W [out,in], b [out], y [N,out], open [N,out] uint8, [.] = 1 where there is no ReLU.
//
//   forward  z  = x W^T + 1 b^T;   y = max(z, 0), open = z > 0     (NaN stays NaN and is closed)
//   R-op     dy = [open] (dx W^T + x dW^T + 1 db^T)
//   L-op     u' = [open] u;   ux = u' W;   uW = u'^T x;   ub = u'^T 1, in float64
//
// Forward is a product and add_bias; the R-op two products, the second added to the first, and add_bias; the L-op a sum of
// columns and two products. ReLU costs no launch: add_bias_relu, add_bias_gate and gate_column_sums do both.
//
// The R-op's products are not one of twice the depth, [x dx] [dW W]^T: its factors do not lie side by side. To copy dW next
// to W moves 17 MB for the three dense layers of Eq. 13, an estimated 5 us on an H100, against three launches within a
// graph, about 1 us each. Fixed places side by side are not to be had: dW belongs to whichever vector is the direction.
//
// Floor: the products. At a batch of 128 the three dense layers of Eq. 13 take 0.54 GFLOP forward and read 8.4 MB of
// weights in float32: an estimated 8 us and 2.5 us on an H100. The kernels here read and write y once, 1 MB a layer and an
// estimated 0.3 us, less than the launch.
#include "column_sums.cuh"

constexpr int THREADS = 256;

struct Keep
{
    __device__ __forceinline__ real operator()(unsigned, real sum) const { return sum; }
};

struct Relu
{
    unsigned char* open;
    __device__ __forceinline__ real operator()(unsigned i, real sum) const
    {
        open[i] = sum > real(0);
        return sum <= real(0) ? real(0) : sum;
    }
};

struct Gate
{
    const unsigned char* open;
    __device__ __forceinline__ real operator()(unsigned i, real sum) const { return open[i] ? sum : real(0); }
};

// y[n,j] = finish(y[n,j] + bias[j]), in packs where rows and both pointers keep to boundaries of 16 bytes.
template <class Finish>
__device__ __forceinline__ void add_row(const real* bias, real* y, int columns, unsigned count, Finish finish)
{
    if (columns % PACK > 0 || !is_aligned(bias) || !is_aligned(y))
    {
        for (unsigned i = first_element(); i < count; i += element_step()) y[i] = finish(i, y[i] + bias[i % columns]);
        return;
    }
    for (unsigned i = PACK * first_element(); i < count; i += PACK * element_step())
    {
        const Pack row = load_pack(bias + i % columns);
        Pack sums = load_pack(y + i);
#pragma unroll
        for (int k = 0; k < PACK; ++k) sums.at[k] = finish(i + k, sums.at[k] + row.at[k]);
        store_pack(y + i, sums);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) add_bias(const real* bias, real* y, int columns, int count)
{
    add_row(bias, y, columns, count, Keep{});
}

extern "C" __global__ void __launch_bounds__(THREADS)
    add_bias_relu(const real* bias, real* y, int columns, int count, unsigned char* open)
{
    add_row(bias, y, columns, count, Relu{open});
}

extern "C" __global__ void __launch_bounds__(THREADS)
    add_bias_gate(const real* bias, real* y, int columns, int count, const unsigned char* open)
{
    add_row(bias, y, columns, count, Gate{open});
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

// u[n,j] = open[n,j] ? u[n,j] : 0 and sums[j] = sum_n of that. Zeros are written after the sum, so that no load waits for a
// store.
extern "C" __global__ void __launch_bounds__(SUM_COLUMNS * SUM_SLICES)
    gate_column_sums(real* u, real* sums, int rows, int columns, const unsigned char* __restrict__ open)
{
    __shared__ SliceSums shared;
    const double sum = sum_column(shared, rows, columns, [u, open](size_t place) { return open[place] ? double(u[place]) : 0; });
    const int column = blockIdx.x * SUM_COLUMNS + threadIdx.x % SUM_COLUMNS;
    if (column >= columns) return;
    if (int(threadIdx.x) < SUM_COLUMNS) sums[column] = real(sum);
    for (int row = threadIdx.x / SUM_COLUMNS; row < rows; row += SUM_SLICES)
    {
        const size_t place = (size_t)row * columns + column;
        if (!open[place]) u[place] = 0;
    }
}

// u[j,i] = open[i] ? u[j,i] : 0 for a stack of adjoints of `period` elements each.
extern "C" __global__ void __launch_bounds__(THREADS)
    gate_stack(const unsigned char* __restrict__ open, real* u, int period, int count)
{
    for (unsigned i = first_element(); i < unsigned(count); i += element_step())
    {
        if (!open[i % period]) u[i] = 0;
    }
}
