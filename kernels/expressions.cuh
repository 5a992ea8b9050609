// The operations of constraints and losses that are written as text, see engine/Expressions/Operation.cs. Their kernels are
// printed, one for each program (engine/Cuda/ExpressionPrinter.cs): a thread a sample, and a line for each operation.
//
// Compiled with --fmad=false: where a b - a b is 0 on the host it is 0 here, so that both are at a kink together.
//
// Floor: bytes; the value of Eq. 15 for 128 samples reads 26 KB, less than a launch takes (an estimated 2 to 3 us).
#pragma once

#include "real.cuh"

__device__ __forceinline__ float logarithm(float x) { return logf(x); }
__device__ __forceinline__ double logarithm(double x) { return log(x); }
__device__ __forceinline__ float sine(float x) { return sinf(x); }
__device__ __forceinline__ double sine(double x) { return sin(x); }
__device__ __forceinline__ float cosine(float x) { return cosf(x); }
__device__ __forceinline__ double cosine(double x) { return cos(x); }
__device__ __forceinline__ float arc_tangent(float y, float x) { return atan2f(y, x); }
__device__ __forceinline__ double arc_tangent(double y, double x) { return atan2(y, x); }
__device__ __forceinline__ float any_power(float x, float y) { return powf(x, y); }
__device__ __forceinline__ double any_power(double x, double y) { return pow(x, y); }
__device__ __forceinline__ float absolute(float x) { return fabsf(x); }
__device__ __forceinline__ double absolute(double x) { return fabs(x); }

__device__ __forceinline__ bool is_nan(real x)
{
    return x != x;
}

// A power of NaN and to NaN is NaN, also where the other operand makes it 1.
__device__ __forceinline__ real power(real x, real y)
{
    return is_nan(x) ? x : is_nan(y) ? y : any_power(x, y);
}

__device__ __forceinline__ real reciprocal_or_zero(real x)
{
    return x == real(0) ? real(0) : real(1) / x;
}

// -1, 0 or 1.
__device__ __forceinline__ real sign_of(real x)
{
    return x > real(0) ? real(1) : x < real(0) ? real(-1) : x;
}

__device__ __forceinline__ real smaller(real a, real b)
{
    return a <= b || is_nan(a) ? a : b;
}

__device__ __forceinline__ real larger(real a, real b)
{
    return a >= b || is_nan(a) ? a : b;
}

// 1 or 0; the sum is NaN, since one of them is.
__device__ __forceinline__ real at_most(real a, real b)
{
    return a <= b ? real(1) : a > b ? real(0) : a + b;
}

// a b, but 0 where a is 0, whatever b is.
__device__ __forceinline__ real gated_product(real a, real b)
{
    return a == real(0) ? real(0) : a * b;
}

__device__ __forceinline__ real infinity()
{
    const real zero = 0;
    return real(1) / zero;
}
