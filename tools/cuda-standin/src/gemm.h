// Column-major matrix products on the CPU: C = alpha op(A) op(B) + beta C.
#pragma once
#include "common.h"

namespace standin {

template <class T> struct GemmArguments {
    bool transposeA, transposeB;
    int m, n, k;
    T alpha, beta;
    const T* a;
    int lda;
    const T* b;
    int ldb;
    T* c;
    int ldc;
    bool tf32; // round float32 factors to 10 bits of mantissa
};

// To be called on the device thread. The order of every sum depends on k alone, so the bits of the result are the same
// for any number of workers. C is not read when beta is 0, A and B are not when alpha is 0.
template <class T> void gemm(const GemmArguments<T>& arguments, int workers);

extern template void gemm<float>(const GemmArguments<float>&, int);
extern template void gemm<double>(const GemmArguments<double>&, int);

} // namespace standin
