// Images as they are stored, uint8 with channels last, turned into network inputs with channels in front.
//
//   normalize         y[n,c,q] = x[n,q,c] / 255 - 1/2
//   gather_normalize  y[n,c,q] = x[index[n],q,c] / 255 - 1/2, x a whole pack that stays on the device
//
// x uint8 [N,H W,C], y real [N,C,H W], q a pixel. The quotient is rounded before the difference, as on the CPU.
//
// Floor: bytes. 128 images of 3 x 128 x 128 are 6.3 MB in and 25.2 MB out in float32: an estimated 9.4 us on an H100.
#include "real.cuh"

constexpr int THREADS = 256;

__device__ __forceinline__ void normalize_pixel(const unsigned char* x, real* y, int pixels, int channels, unsigned pixel)
{
    for (int c = 0; c < channels; ++c)
    {
        const real value = real(x[(size_t)pixel * channels + c]) / real(255);
        y[(size_t)c * pixels + pixel] = value - real(0.5);
    }
}

// A thread a pixel; blockIdx.y is the sample.
extern "C" __global__ void __launch_bounds__(THREADS)
    normalize(const unsigned char* x, real* y, int pixels, int channels, int samples)
{
    const unsigned pixel = first_element();
    if (pixel >= unsigned(pixels)) return;
    const size_t length = (size_t)pixels * channels;
    for (unsigned n = blockIdx.y; n < unsigned(samples); n += gridDim.y)
    {
        normalize_pixel(x + n * length, y + n * length, pixels, channels, pixel);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
    gather_normalize(const unsigned char* x, const int* index, real* y, int pixels, int channels, int samples)
{
    const unsigned pixel = first_element();
    if (pixel >= unsigned(pixels)) return;
    const size_t length = (size_t)pixels * channels;
    for (unsigned n = blockIdx.y; n < unsigned(samples); n += gridDim.y)
    {
        normalize_pixel(x + index[n] * length, y + n * length, pixels, channels, pixel);
    }
}
