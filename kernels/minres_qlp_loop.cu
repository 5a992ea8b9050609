// The end of a cycle of MINRES-QLP iterations in a graph that loops by itself: a conditional WHILE node goes on as long as
// the solve is neither over nor asked to stop. Its own file, because compilers before CUDA 12.4 do not know the function.
//
// One thread, a few bytes, an estimated 2 us an iteration of the loop.
#include "real.cuh"
#include "minres_qlp.cuh"

typedef __device_builtin__ unsigned long long cudaGraphConditionalHandle;
extern "C" __device__ __cudart_builtin__ void cudaGraphSetConditional(cudaGraphConditionalHandle handle, unsigned value);

// `stop` is a word of host memory that the host may set at any time.
extern "C" __global__ void minres_go_on(
    const MinresScalars* scalars, const volatile int* stop, cudaGraphConditionalHandle handle)
{
    cudaGraphSetConditional(handle, scalars->stop == 0 && *stop == 0);
}
