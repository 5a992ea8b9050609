// What NVRTC has built in and clang without a CUDA SDK has not: put in front of a kernel file, it lets clang compile the
// file to PTX. Only what the kernels use; shared with no other tool, so that a mistake here cannot hide one there.
#pragma once

#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __align__(n) __attribute__((aligned(n)))
#define __device_builtin__
#define __cudart_builtin__
#define BUILTIN static __device__ __forceinline__

typedef __SIZE_TYPE__ size_t;

struct uint3
{
    unsigned x, y, z;
};

struct dim3
{
    unsigned x, y, z;
};

typedef float float4 __attribute__((ext_vector_type(4)));
typedef double double2 __attribute__((ext_vector_type(2)));

// threadIdx and the like, from clang's own folder; __syncthreads is a builtin of clang.
#include <__clang_cuda_builtin_vars.h>

BUILTIN void __syncwarp(unsigned mask = 0xffffffffu)
{
    __nvvm_bar_warp_sync(mask);
}

BUILTIN void __threadfence()
{
    __nvvm_membar_gl();
}

BUILTIN float __shfl_xor_sync(unsigned mask, float value, int lanes)
{
    return __nvvm_shfl_sync_bfly_f32(mask, value, lanes, 31);
}

BUILTIN float __shfl_down_sync(unsigned mask, float value, unsigned lanes)
{
    return __nvvm_shfl_sync_down_f32(mask, value, lanes, 31);
}

// A float64 moves as two halves.
union Halves
{
    double whole;
    int half[2];
};

BUILTIN double __shfl_xor_sync(unsigned mask, double value, int lanes)
{
    Halves halves = {value};
    for (int& half : halves.half) half = __nvvm_shfl_sync_bfly_i32(mask, half, lanes, 31);
    return halves.whole;
}

BUILTIN double __shfl_down_sync(unsigned mask, double value, unsigned lanes)
{
    Halves halves = {value};
    for (int& half : halves.half) half = __nvvm_shfl_sync_down_i32(mask, half, lanes, 31);
    return halves.whole;
}

BUILTIN unsigned __ballot_sync(unsigned mask, int predicate)
{
    return __nvvm_vote_ballot_sync(mask, predicate);
}

BUILTIN int __popc(unsigned bits)
{
    return __builtin_popcount(bits);
}

BUILTIN int __ffs(int bits)
{
    return __builtin_ffs(bits);
}

BUILTIN unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
BUILTIN float __uint_as_float(unsigned bits) { return __builtin_bit_cast(float, bits); }
BUILTIN long long __double_as_longlong(double x) { return __builtin_bit_cast(long long, x); }
BUILTIN double __longlong_as_double(long long bits) { return __builtin_bit_cast(double, bits); }

template <class Number>
BUILTIN Number __ldg(const Number* address)
{
    return *address;
}

BUILTIN float fmaf(float a, float b, float c) { return __nvvm_fma_rn_f(a, b, c); }
BUILTIN double fma(double a, double b, double c) { return __nvvm_fma_rn_d(a, b, c); }
BUILTIN float sqrtf(float x) { return __nvvm_sqrt_rn_f(x); }
BUILTIN double sqrt(double x) { return __nvvm_sqrt_rn_d(x); }
BUILTIN float fabsf(float x) { return __builtin_fabsf(x); }
BUILTIN double fabs(double x) { return __builtin_fabs(x); }
BUILTIN double copysign(double x, double sign) { return __builtin_copysign(x, sign); }
BUILTIN double fmin(double a, double b) { return __nvvm_fmin_d(a, b); }
BUILTIN double fmax(double a, double b) { return __nvvm_fmax_d(a, b); }
BUILTIN int min(int a, int b) { return a < b ? a : b; }
BUILTIN int max(int a, int b) { return a > b ? a : b; }

// Functions of CUDA's own device library: calls are enough to translate.
#define LIBRARY(name)                     \
    extern "C" __device__ float library_##name##f(float); \
    extern "C" __device__ double library_##name(double);  \
    BUILTIN float name##f(float x) { return library_##name##f(x); } \
    BUILTIN double name(double x) { return library_##name(x); }
#define LIBRARY_OF_TWO(name)                     \
    extern "C" __device__ float library_##name##f(float, float); \
    extern "C" __device__ double library_##name(double, double);  \
    BUILTIN float name##f(float x, float y) { return library_##name##f(x, y); } \
    BUILTIN double name(double x, double y) { return library_##name(x, y); }
LIBRARY(exp)
LIBRARY(log)
LIBRARY(log1p)
LIBRARY(sin)
LIBRARY(cos)
LIBRARY(tanh)
LIBRARY(erfc)
LIBRARY_OF_TWO(atan2)
LIBRARY_OF_TWO(pow)
