// Gram matrices of constraint rows, S = A A^T, in float64 whatever the rows are. Rows stand in the order r = j N + k for
// constraint j of sample k; R is their number.
//
//   widen       y = x in float64, so that cuBLAS multiplies rows in float64
//   add_dense   s[r,c] += (1 + p[k(r),k(c)]) q[r,c],  k(r) = r mod N
//
//   add_row_dots   a[r] += d_r . y_k(r)                 the products A v and A^T u of a dense layer's rows, which are
//   combine_rows   y_k = sum over j of u_jN+k d_jN+k    never formed: d [R,O] adjoints of its outputs, y [N,O]
//
// with q [R,R] the products of the adjoints of a dense layer's outputs and p [N,N] those of its inputs: the layer's row of
// the Jacobian is the outer product of the two (and the adjoint itself for the bias), and is never formed.
//
// Floor: bytes. With R = 768 the sums are 4.7 MB, read and written with q: an estimated 4.2 us on an H100; the products
// before it take 2 R^2 K float64 operations, 1.2 GFLOP for K = 1024, an estimated 18 us at 67 TFLOP/s. The last two read d
// once, 3.1 MB in float32 at R = 768 and O = 1024: an estimated 0.9 us.
#include "real.cuh"

constexpr int THREADS = 256;

extern "C" __global__ void __launch_bounds__(THREADS)
    widen(const real* __restrict__ x, double* __restrict__ y, int count)
{
    for (unsigned i = first_element(); i < unsigned(count); i += element_step()) y[i] = x[i];
}

extern "C" __global__ void __launch_bounds__(THREADS) add_dense(
    const double* __restrict__ outputs, const double* __restrict__ inputs, double* __restrict__ s, int rows, int samples)
{
    const unsigned count = unsigned(rows) * rows;
    for (unsigned i = first_element(); i < count; i += element_step())
    {
        const int sample = i / rows % samples, other = i % rows % samples;
        s[i] += (1 + inputs[sample * samples + other]) * outputs[i];
    }
}

// A warp for each row.
extern "C" __global__ void __launch_bounds__(THREADS)
    add_row_dots(const real* __restrict__ d, const real* __restrict__ y, real* result, int rows, int samples, int outputs)
{
    const unsigned row = first_warp();
    const int lane = threadIdx.x % 32;
    if (row >= unsigned(rows)) return;
    const real* left = d + (size_t)row * outputs;
    const real* right = y + (size_t)(row % samples) * outputs;
    double sum = 0;
    for (int i = lane; i < outputs; i += 32) sum += double(left[i]) * double(right[i]);
    sum = warp_sum(sum);
    if (lane == 0) result[row] += real(sum);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    combine_rows(const real* __restrict__ d, const real* __restrict__ u, real* y, int rows, int samples, int outputs)
{
    const unsigned count = unsigned(samples) * outputs;
    for (unsigned i = first_element(); i < count; i += element_step())
    {
        real sum = 0;
        for (int row = i / outputs; row < rows; row += samples) sum = multiply_add(u[row], d[(size_t)row * outputs + i % outputs], sum);
        y[i] = sum;
    }
}
