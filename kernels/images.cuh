// A pixel as a network input: x / 255 - 1/2, the quotient rounded before the difference, the same bits as on the CPU.
#pragma once
#include "real.cuh"

__device__ __forceinline__ real normalized(unsigned char pixel)
{
    // The quotient without a division: the product with the reciprocal, then its remainder's share. It is the rounded
    // quotient for each of the 256 values in both precisions, which a test of all of them asks for.
    constexpr real INVERSE = real(1) / real(255);
    const real value = real(pixel), quotient = value * INVERSE;
    return multiply_add(multiply_add(real(-255), quotient, value), INVERSE, quotient) - real(0.5);
}
