// Cross-correlation with stride s and zero padding p over a batch, NCHW, weights OIHW.
//
//   forward  y[n,o,i,j]  = b[o] + sum_{c,k,l} W[o,c,k,l] x[n,c,s i + k - p, s j + l - p]
//   R-op     dy          = conv(dx, W) + conv(x, dW) + db
//   L-op     ux[n,c,r,t] = sum of W[o,c,k,l] u[n,o,i,j] over all (o,i,j,k,l) with s i + k - p = r and s j + l - p = t
//            uW[o,c,k,l] = sum_{n,i,j} u[n,o,i,j] x[n,c,s i + k - p, s j + l - p];   ub[o] = sum_{n,i,j} u[n,o,i,j]
//   rows     row[r] = [uW, ub] of adjoint r = j N + k and sample k alone, [J N, P] for a stack of J adjoints
//
// x [N,C,H,W], W [O,C,K,L], b [O], y and u [N,O,OH,OW] with OH = floor((H + 2 p - K) / s) + 1.
//
// A thread is one output place (or, in the L-op, one input place) and up to 8 channels, for which each number that it
// loads is used; the weights of those channels lie side by side in shared memory and all lanes read the same ones.
//
// Floor: conv3 of Eq. 13, 8x13x13 -> 8x11x11, at a batch of 128 in float32 takes 17.8 MFLOP forward and twice that in
// either product: an estimated 0.3 us and 0.5 us on an H100 at 67 TFLOP/s, less than a launch. A layer as large as conv1,
// 2.36 GFLOP, is bound by loads, 3 for 8 multiply-adds: an estimated 60 us where the floor is 35 us.
//
// Needs WINDOW = 1 beside the constants of weight_adjoint.cuh.
#include "weight_adjoint.cuh"

static_assert(WINDOW == 1, "a plain convolution has windows of 1");

constexpr int POINT_THREADS = 128;
constexpr int OUTPUTS = WARPS; // output channels of a thread, in forward and R-op

// Weights are staged by rows of a kernel, [row][l][channel]; the R-op stages two kernels.
constexpr int ROWS = IN_CHANNELS * KERNEL_HEIGHT;
constexpr int FITTING_ROWS_OF_WEIGHTS = SHARED_BYTES / (2 * KERNEL_WIDTH * 8 * int(sizeof(real)));
static_assert(FITTING_ROWS_OF_WEIGHTS >= 1, "the kernel is too wide for shared memory");
constexpr int ROW_CHUNK = FITTING_ROWS_OF_WEIGHTS < ROWS ? FITTING_ROWS_OF_WEIGHTS : ROWS;

struct __align__(16) WeightRows
{
    real at[ROW_CHUNK * KERNEL_WIDTH * OUTPUTS];
};

// ----- Forward and R-op -----

// Stages rows first, first + 1, ... of the weights W[o,(c,k),l] of the block's output channels.
__device__ __forceinline__ void stage_weights(WeightRows& rows, const real* weight, int first, int count)
{
    for (int i = threadIdx.x; i < count * KERNEL_WIDTH * OUTPUTS; i += POINT_THREADS)
    {
        const int o = blockIdx.z * OUTPUTS + i % OUTPUTS;
        const int tap = first * KERNEL_WIDTH + i / OUTPUTS;
        rows.at[i] = o < OUT_CHANNELS ? __ldg(weight + (size_t)o * ALL_TAPS + tap) : real(0);
    }
}

// sums[o] += W[o,(c,k),:] x[c, top + k, left + :] for the staged rows.
__device__ __forceinline__ void correlate(
    real (&sums)[OUTPUTS], const WeightRows& rows, const real* sample, int first, int count, int top, int left)
{
#pragma unroll 2 // all rows at once would keep every weight in registers, and spill
    for (int r = 0; r < count; ++r)
    {
        const int c = (first + r) / KERNEL_HEIGHT, row = top + (first + r) % KERNEL_HEIGHT;
        if (PADDING > 0 && (row < 0 || row >= IN_HEIGHT)) continue;
        const real* inputs = sample + (size_t)c * IN_AREA + row * IN_WIDTH;
#pragma unroll
        for (int l = 0; l < KERNEL_WIDTH; ++l)
        {
            const int column = left + l;
            if (PADDING > 0 && (column < 0 || column >= IN_WIDTH)) continue;
            const real value = __ldg(inputs + column);
            const real* tap = rows.at + (r * KERNEL_WIDTH + l) * OUTPUTS;
#pragma unroll
            for (int o = 0; o < OUTPUTS; ++o) sums[o] = multiply_add(tap[o], value, sums[o]);
        }
    }
}

// y = bias + conv(x, weight), and + conv(x2, weight2) with two terms.
template <int TERMS>
__device__ __forceinline__ void convolve(
    WeightRows (&rows)[TERMS], const real* x, const real* weight, const real* x2, const real* weight2, const real* bias,
    real* y, int samples)
{
    const int place = blockIdx.x * POINT_THREADS + threadIdx.x;
    const int channel = blockIdx.z * OUTPUTS;
    const int top = place / OUT_WIDTH * STRIDE - PADDING, left = place % OUT_WIDTH * STRIDE - PADDING;
    for (int n = blockIdx.y; n < samples; n += gridDim.y)
    {
        const size_t sample = (size_t)n * IN_CHANNELS * IN_AREA;
        real sums[OUTPUTS];
#pragma unroll
        for (int o = 0; o < OUTPUTS; ++o) sums[o] = channel + o < OUT_CHANNELS ? __ldg(bias + channel + o) : real(0);
        for (int first = 0; first < ROWS; first += ROW_CHUNK)
        {
            const int count = min(ROW_CHUNK, ROWS - first);
            __syncthreads(); // the rows before these may still be read
            stage_weights(rows[0], weight, first, count);
            if (TERMS > 1) stage_weights(rows[TERMS - 1], weight2, first, count);
            __syncthreads();
            if (place >= OUT_AREA) continue;
            correlate(sums, rows[0], x + sample, first, count, top, left);
            if (TERMS > 1) correlate(sums, rows[TERMS - 1], x2 + sample, first, count, top, left);
        }
        if (place >= OUT_AREA) continue;
#pragma unroll
        for (int o = 0; o < OUTPUTS; ++o)
        {
            if (channel + o < OUT_CHANNELS) y[((size_t)n * OUT_CHANNELS + channel + o) * OUT_AREA + place] = sums[o];
        }
    }
}

// Grid: (blocks of output places, samples, groups of output channels), blocks of POINT_THREADS.
extern "C" __global__ void __launch_bounds__(POINT_THREADS) convolution_forward(
    const real* __restrict__ x, const real* __restrict__ weight, const real* __restrict__ bias, real* __restrict__ y,
    int samples)
{
    __shared__ WeightRows rows[1];
    convolve(rows, x, weight, nullptr, nullptr, bias, y, samples);
}

extern "C" __global__ void __launch_bounds__(POINT_THREADS) convolution_rop(
    const real* __restrict__ x, const real* __restrict__ weight, const real* __restrict__ dx,
    const real* __restrict__ dweight, const real* __restrict__ dbias, real* __restrict__ dy, int samples)
{
    __shared__ WeightRows rows[2];
    convolve(rows, x, dweight, dx, weight, dbias, dy, samples);
}

// ----- L-op to weight and bias -----

struct DenseAdjoint
{
    const real* u;

    __device__ __forceinline__ PlacedAdjoint operator()(const Unit& unit, size_t index) const
    {
        return placed(__ldg(u + index), unit.row * UNIT, unit.column * UNIT);
    }
};

// Grid: (parts, groups of output channels, groups of input channels), blocks of THREADS.
extern "C" __global__ void __launch_bounds__(THREADS) convolution_lop_weight(
    const real* __restrict__ x, const real* __restrict__ u, double* __restrict__ parts, int tiles)
{
    __shared__ AdjointStage shared;
    weight_adjoint(shared, x, parts, tiles, DenseAdjoint{u});
}

// Grid: (rows, groups of output channels, groups of input channels), blocks of THREADS.
extern "C" __global__ void __launch_bounds__(THREADS) convolution_lop_rows(
    const real* __restrict__ x, const real* __restrict__ u, real* __restrict__ rows, int samples)
{
    __shared__ AdjointStage shared;
    const StackRow at = stack_row(samples);
    weight_adjoint_row(
        shared, x + at.sample * IN_CHANNELS * IN_AREA, rows + at.row * OUT_CHANNELS * (ALL_TAPS + 1),
        DenseAdjoint{u + at.row * OUT_CHANNELS * OUT_AREA});
}

extern "C" __global__ void __launch_bounds__(SUM_COLUMNS * SUM_SLICES) convolution_sum_parts(
    const double* __restrict__ parts, real* __restrict__ uweight, real* __restrict__ ubias, int count)
{
    __shared__ SliceSums shared;
    sum_weight_parts(shared, parts, uweight, ubias, count);
}

// ----- L-op to the input -----

constexpr int INPUTS = IN_CHANNELS < 8 ? IN_CHANNELS : 8; // input channels of a thread
constexpr int ADJOINT_ROWS = OUT_CHANNELS * KERNEL_HEIGHT;
constexpr int FITTING_ADJOINT_ROWS = SHARED_BYTES / (KERNEL_WIDTH * INPUTS * int(sizeof(real)));
constexpr int ADJOINT_CHUNK = FITTING_ADJOINT_ROWS < ADJOINT_ROWS ? FITTING_ADJOINT_ROWS : ADJOINT_ROWS;

// sums[c] += W[o,c,k,:] u[o,i,:] for the staged rows (o,k) and the outputs that read the input at (row, column), both
// counted with the padding.
__device__ __forceinline__ void correlate_turned(
    real (&sums)[INPUTS], const real* kernel, const real* u, int first, int count, int row, int column)
{
    for (int r = 0; r < count; ++r)
    {
        const int o = (first + r) / KERNEL_HEIGHT, from_top = row - (first + r) % KERNEL_HEIGHT;
        if (from_top < 0 || from_top % STRIDE != 0 || from_top / STRIDE >= OUT_HEIGHT) continue;
        const real* adjoints = u + (size_t)o * OUT_AREA + from_top / STRIDE * OUT_WIDTH;
#pragma unroll
        for (int l = 0; l < KERNEL_WIDTH; ++l)
        {
            const int from_left = column - l;
            if (from_left < 0 || from_left % STRIDE != 0 || from_left / STRIDE >= OUT_WIDTH) continue;
            const real value = __ldg(adjoints + from_left / STRIDE);
            const real* tap = kernel + (r * KERNEL_WIDTH + l) * INPUTS;
#pragma unroll
            for (int c = 0; c < INPUTS; ++c) sums[c] = multiply_add(tap[c], value, sums[c]);
        }
    }
}

// Grid: (blocks of input places, samples, groups of input channels), blocks of POINT_THREADS.
extern "C" __global__ void __launch_bounds__(POINT_THREADS) convolution_lop_input(
    const real* __restrict__ weight, const real* __restrict__ u, real* __restrict__ ux, int samples)
{
    __shared__ Pack packs[(ADJOINT_CHUNK * KERNEL_WIDTH * INPUTS + PACK - 1) / PACK];
    real* kernel = (real*)packs; // [row (o,k)][l][channel]
    const int place = blockIdx.x * POINT_THREADS + threadIdx.x;
    const int group = blockIdx.z * INPUTS;
    for (int n = blockIdx.y; n < samples; n += gridDim.y)
    {
        real sums[INPUTS];
#pragma unroll
        for (int c = 0; c < INPUTS; ++c) sums[c] = 0;
        for (int first = 0; first < ADJOINT_ROWS; first += ADJOINT_CHUNK)
        {
            const int count = min(ADJOINT_CHUNK, ADJOINT_ROWS - first);
            __syncthreads(); // the rows before these may still be read
            for (int i = threadIdx.x; i < count * KERNEL_WIDTH * INPUTS; i += POINT_THREADS)
            {
                const int row = first + i / (KERNEL_WIDTH * INPUTS), c = group + i % INPUTS;
                const int tap = row % KERNEL_HEIGHT * KERNEL_WIDTH + i / INPUTS % KERNEL_WIDTH;
                kernel[i] = c < IN_CHANNELS
                    ? __ldg(weight + (size_t)(row / KERNEL_HEIGHT) * ALL_TAPS + c * TAPS + tap) : real(0);
            }
            __syncthreads();
            if (place >= IN_AREA) continue;
            correlate_turned(
                sums, kernel, u + (size_t)n * OUT_CHANNELS * OUT_AREA, first, count, place / IN_WIDTH + PADDING,
                place % IN_WIDTH + PADDING);
        }
        if (place >= IN_AREA) continue;
#pragma unroll
        for (int c = 0; c < INPUTS; ++c)
        {
            if (group + c < IN_CHANNELS) ux[((size_t)n * IN_CHANNELS + group + c) * IN_AREA + place] = sums[c];
        }
    }
}
