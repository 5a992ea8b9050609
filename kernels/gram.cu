// Gram matrices of constraint rows, S = A A^T, in float64 whatever the rows are. Rows stand in the order r = j N + k for
// constraint j of sample k; R is their number.
//
//   widen       y = x in float64, so that cuBLAS multiplies rows in float64
//   add_dense   s[r,c] += (1 + p[k(r),k(c)]) q[r,c],  k(r) = r mod N
//
// with q [R,R] the products of the adjoints of a dense layer's outputs and p [N,N] those of its inputs: the layer's row of
// the Jacobian is the outer product of the two (and the adjoint itself for the bias), and is never formed.
//
// Floor: bytes. With R = 768 the sums are 4.7 MB, read and written with q: an estimated 4.2 us on an H100; the products
// before it take 2 R^2 K float64 operations, 1.2 GFLOP for K = 1024, an estimated 18 us at 67 TFLOP/s.
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
