// Convolution (stride 1, no padding), max-pooling over windows of WINDOW x WINDOW side by side, and ReLU if RELU is 1,
// in one kernel. A pooling keeps one of WINDOW^2 convolution outputs, its winner; both products touch winners only.
//
//   forward  y[n,o,q]    = relu(max over the window q of z),  z[n,o,i,j] = b[o] + sum_{c,k,l} W[o,c,k,l] x[n,c,i+k,j+l]
//            winner[n,o,q] = number of the first maximum (or NaN) in the window, row by row, or 255 where ReLU is closed
//   R-op     dy[n,o,q]   = db[o] + sum dW[o,c,k,l] x[n,c,i+k,j+l] + W[o,c,k,l] dx[n,c,i+k,j+l] at the winner (i,j),
//                          0 where closed
//   L-op     uW[o,c,k,l] = sum_{n,q open} u[n,o,q] x[n,c,i+k,j+l];   ub[o] = sum_{n,q open} u[n,o,q]
//            ux[n,c,r,t] = sum of W[o,c,r-i,t-j] u[n,o,q] over the open winners (i,j) that read the input
//   rows     row[r] = [uW, ub] of adjoint r = j N + k and sample k alone, [J N, P] for a stack of J adjoints
//
// x [N,C,H,W], W [O,C,K,L], b [O], y and u [N,O,OH,OW] with OH = floor((H-K+1) / WINDOW), winner uint8 like y.
// Sums start with the bias and go through c, k, l with fused multiply-adds, as in convolution.cu: the same winners.
//
// Floors at a batch of 128 in float32 (estimates for an H100: 67 TFLOP/s, 3.35 TB/s):
//   conv1 of Eq. 13, 3x128x128 -> 8x31x31: forward 2.36 GFLOP, 35 us; R-op and L-op 148 MFLOP, 2.2 us, but
//     the 25 MB of x, 7.5 us, where it is not images: 6.3 MB, 1.9 us; rows of 128 samples and 6 adjoints 0.9 GFLOP, 13 us
//   conv2 of Eq. 13, 8x31x31 -> 8x13x13:   forward 277 MFLOP, 4.1 us; R-op and L-op 138 MFLOP, 2.1 us; rows of 6
//     adjoints 415 MFLOP without the input's, 6.2 us
// What binds in practice is shared memory: forward reads 8 inputs for up to 80 multiply-adds (conv1), the products one
// input for each, at places that differ by lane.
//
// Needs STRIDE = 1, PADDING = 0, RELU and IMAGES beside the constants of weight_adjoint.cuh.
#include "weight_adjoint.cuh"

static_assert(STRIDE == 1 && PADDING == 0, "a pooled convolution has stride 1 and no padding");
static_assert(WINDOW >= 1 && WINDOW <= 15, "a winner's number must be less than 255");

// With IMAGES x is uint8 [N,H,W,C] and stands for x / 255 - 1/2.
#if IMAGES
typedef unsigned char Input;
#else
typedef real Input;
#endif

constexpr int CLOSED = 255;
constexpr int CELLS = WINDOW * WINDOW;

// ----- Staging: channels in chunks, of which R-op holds two patches and two kernels -----

// Lanes read rows in vectors of as many reals as the window and the pack have in common.
constexpr int VECTOR = WINDOW % PACK == 0 ? PACK : WINDOW % 2 == 0 ? 2 : 1;
constexpr int PITCH = (PATCH_WIDTH + VECTOR - 1) / VECTOR * VECTOR;
constexpr int PLANE = (PATCH_HEIGHT * PITCH + PACK - 1) / PACK * PACK;
constexpr int KERNEL = (TAPS + PACK - 1) / PACK * PACK; // one channel's taps, padded to whole packs

constexpr int CHANNEL_BYTES = 2 * (PLANE + WARPS * KERNEL) * int(sizeof(real));
constexpr int FITTING_CHANNELS = SHARED_BYTES / CHANNEL_BYTES < 1 ? 1 : SHARED_BYTES / CHANNEL_BYTES;
constexpr int CHUNKS = (IN_CHANNELS + FITTING_CHANNELS - 1) / FITTING_CHANNELS;
constexpr int CHUNK = (IN_CHANNELS + CHUNKS - 1) / CHUNKS;

struct __align__(16) Stage
{
    real patch[CHUNK * PLANE];
    real kernel[CHUNK * WARPS * KERNEL]; // [channel of the chunk][warp][tap]
};

// Stages channels first, first + 1, ... of a tile's inputs and of the weights of the block's output channels.
template <class Source>
__device__ __forceinline__ void stage(Stage& stage, const Source* x, const real* weight, const Tile& tile, int first)
{
    const int channels = min(CHUNK, IN_CHANNELS - first);
    stage_patch<PITCH, PITCH, PLANE>(
        stage.patch, x + (size_t)tile.sample * IN_CHANNELS * IN_AREA, first, channels, tile.row * UNIT, tile.column * UNIT);
    for (int i = threadIdx.x; i < channels * WARPS * KERNEL; i += THREADS)
    {
        const int c = i / (WARPS * KERNEL), tap = i % KERNEL;
        const int o = blockIdx.y * WARPS + i / KERNEL % WARPS;
        const bool exists = o < OUT_CHANNELS && tap < TAPS;
        stage.kernel[i] = exists ? __ldg(weight + o * ALL_TAPS + (first + c) * TAPS + tap) : real(0);
    }
}

// One channel's taps in registers.
struct Kernel
{
    real at[KERNEL];
};

__device__ __forceinline__ Kernel load_kernel(const real* staged)
{
    Kernel kernel;
#pragma unroll
    for (int i = 0; i < KERNEL; i += PACK)
    {
        const Pack pack = load_pack(staged + i);
#pragma unroll
        for (int k = 0; k < PACK; ++k) kernel.at[i + k] = pack.at[k];
    }
    return kernel;
}

// ----- Forward -----

// The first maximum of a window, or its first NaN.
struct Winner
{
    real value;
    int number;

    __device__ __forceinline__ void meet(real candidate, int candidate_number)
    {
        const bool wins = !(candidate <= value) && value == value;
        value = wins ? candidate : value;
        number = wins ? candidate_number : number;
    }
};

__device__ __forceinline__ void store_winner(const Winner& winner, real* y, unsigned char* winners, size_t place)
{
    const bool closed = RELU && !(winner.value > real(0));
    y[place] = RELU && winner.value <= real(0) ? real(0) : winner.value;
    winners[place] = (unsigned char)(closed ? CLOSED : winner.number);
}

struct __align__(VECTOR * sizeof(real)) RowVector
{
    real at[VECTOR];
};

// Adds one channel to the outputs of a window: the channel's taps and one row of inputs at a time lie in registers.
__device__ __forceinline__ void correlate(real (&cells)[CELLS], const real* patch, const real* kernel)
{
    constexpr int ROW = (SPAN_WIDTH + VECTOR - 1) / VECTOR * VECTOR;
    const Kernel taps = load_kernel(kernel);
#pragma unroll
    for (int r = 0; r < SPAN_HEIGHT; ++r)
    {
        real row[ROW];
#pragma unroll
        for (int i = 0; i < ROW; i += VECTOR)
        {
            const RowVector vector = *(const RowVector*)(patch + r * PITCH + i);
#pragma unroll
            for (int lane = 0; lane < VECTOR; ++lane) row[i + lane] = vector.at[lane];
        }
#pragma unroll
        for (int i = 0; i < WINDOW; ++i)
        {
            const int k = r - i;
            if (k < 0 || k >= KERNEL_HEIGHT) continue;
#pragma unroll
            for (int l = 0; l < KERNEL_WIDTH; ++l)
            {
#pragma unroll
                for (int j = 0; j < WINDOW; ++j)
                {
                    real& cell = cells[i * WINDOW + j];
                    cell = multiply_add(taps.at[k * KERNEL_WIDTH + l], row[j + l], cell);
                }
            }
        }
    }
}

// The winner of a window whose outputs fit in registers; all threads of a block take part in the staging.
__device__ __forceinline__ Winner winner_in_registers(
    Stage& shared, const Input* x, const real* weight, real bias, const Tile& tile, const Unit& unit)
{
    const int warp = threadIdx.x / 32;
    real cells[CELLS];
#pragma unroll
    for (int i = 0; i < CELLS; ++i) cells[i] = bias;
    for (int first = 0; first < IN_CHANNELS; first += CHUNK)
    {
        if (first > 0) __syncthreads(); // the chunk before this one may still be read
        stage(shared, x, weight, tile, first);
        __syncthreads();
        if (!unit.exists) continue;
        const real* patch = shared.patch + unit.row * UNIT * PITCH + unit.column * UNIT;
        for (int c = 0; c < min(CHUNK, IN_CHANNELS - first); ++c)
        {
            correlate(cells, patch + c * PLANE, shared.kernel + (c * WARPS + warp) * KERNEL);
        }
    }
    Winner winner = {cells[0], 0};
#pragma unroll
    for (int i = 1; i < CELLS; ++i) winner.meet(cells[i], i);
    return winner;
}

// The winner of a larger window: one output after the other, straight from device memory.
__device__ __forceinline__ Winner winner_one_by_one(
    const Input* sample, const real* kernel, real bias, int top, int left)
{
    Winner winner = {bias, 0};
    for (int cell = 0; cell < CELLS; ++cell)
    {
        real sum = bias;
        for (int c = 0; c < IN_CHANNELS; ++c)
        {
            for (int tap = 0; tap < TAPS; ++tap)
            {
                const int row = top + cell / WINDOW + tap / KERNEL_WIDTH, column = left + cell % WINDOW + tap % KERNEL_WIDTH;
                sum = multiply_add(__ldg(kernel + c * TAPS + tap), input_at(sample, c, row, column), sum);
            }
        }
        if (cell == 0) winner.value = sum;
        else winner.meet(sum, cell);
    }
    return winner;
}

// Grid: (samples * TILES, groups of output channels), blocks of THREADS.
extern "C" __global__ void __launch_bounds__(THREADS) pooled_convolution_forward(
    const Input* __restrict__ x, const real* __restrict__ weight, const real* __restrict__ bias, real* __restrict__ y,
    unsigned char* __restrict__ winners)
{
    constexpr bool IN_REGISTERS = WINDOW <= 4 && CELLS * TAPS <= 800;
    const Tile tile = tile_at(blockIdx.x);
    const Unit unit = unit_at(tile, threadIdx.x % 32);
    const int channel = blockIdx.y * WARPS + threadIdx.x / 32;
    const bool exists = unit.exists && channel < OUT_CHANNELS;
    const real start = channel < OUT_CHANNELS ? __ldg(bias + channel) : real(0);
    const size_t place = ((size_t)tile.sample * OUT_CHANNELS + channel) * OUT_AREA + unit.place;
    if constexpr (IN_REGISTERS)
    {
        __shared__ Stage shared;
        const Winner winner = winner_in_registers(shared, x, weight, start, tile, unit);
        if (exists) store_winner(winner, y, winners, place);
    }
    else if (exists)
    {
        const Input* sample = x + (size_t)tile.sample * IN_CHANNELS * IN_AREA;
        const Winner winner = winner_one_by_one(
            sample, weight + channel * ALL_TAPS, start, (tile.row + unit.row) * UNIT, (tile.column + unit.column) * UNIT);
        store_winner(winner, y, winners, place);
    }
}

// ----- R-op -----

// sum + the correlation of one channel's taps with the inputs at one place.
__device__ __forceinline__ real correlate_at(real sum, const real* patch, const real* kernel)
{
    const Kernel taps = load_kernel(kernel);
#pragma unroll
    for (int k = 0; k < KERNEL_HEIGHT; ++k)
    {
#pragma unroll
        for (int l = 0; l < KERNEL_WIDTH; ++l)
        {
            sum = multiply_add(taps.at[k * KERNEL_WIDTH + l], patch[k * PITCH + l], sum);
        }
    }
    return sum;
}

// Grid and blocks as forward.
template <int TERMS>
__device__ __forceinline__ void rop(
    Stage (&shared)[TERMS], const Input* x, const real* weight, const real* dx, const real* dweight, const real* dbias,
    const unsigned char* winners, real* dy)
{
    const Tile tile = tile_at(blockIdx.x);
    const Unit unit = unit_at(tile, threadIdx.x % 32);
    const int warp = threadIdx.x / 32;
    const int channel = blockIdx.y * WARPS + warp;
    const bool exists = unit.exists && channel < OUT_CHANNELS;
    const size_t place = ((size_t)tile.sample * OUT_CHANNELS + channel) * OUT_AREA + unit.place;
    const int winner = exists ? winners[place] : CLOSED;
    const int corner = (unit.row * UNIT + winner / WINDOW) * PITCH + unit.column * UNIT + winner % WINDOW;
    real sum = winner == CLOSED ? real(0) : __ldg(dbias + channel);
    for (int first = 0; first < IN_CHANNELS; first += CHUNK)
    {
        if (first > 0) __syncthreads(); // the chunk before this one may still be read
        stage(shared[0], x, dweight, tile, first);
        if (TERMS > 1) stage(shared[TERMS - 1], dx, weight, tile, first);
        __syncthreads();
        if (winner == CLOSED) continue;
        for (int c = 0; c < min(CHUNK, IN_CHANNELS - first); ++c)
        {
            const int kernel = (c * WARPS + warp) * KERNEL;
            sum = correlate_at(sum, shared[0].patch + c * PLANE + corner, shared[0].kernel + kernel);
            if (TERMS == 1) continue;
            sum = correlate_at(sum, shared[TERMS - 1].patch + c * PLANE + corner, shared[TERMS - 1].kernel + kernel);
        }
    }
    if (exists) dy[place] = sum;
}

extern "C" __global__ void __launch_bounds__(THREADS) pooled_convolution_rop(
    const Input* __restrict__ x, const real* __restrict__ weight, const real* __restrict__ dx,
    const real* __restrict__ dweight, const real* __restrict__ dbias, const unsigned char* __restrict__ winners,
    real* __restrict__ dy)
{
    __shared__ Stage shared[2];
    rop(shared, x, weight, dx, dweight, dbias, winners, dy);
}

// The R-op where the input does not move, as in a network's first layer.
extern "C" __global__ void __launch_bounds__(THREADS) pooled_convolution_rop_weight(
    const Input* __restrict__ x, const real* __restrict__ dweight, const real* __restrict__ dbias,
    const unsigned char* __restrict__ winners, real* __restrict__ dy)
{
    __shared__ Stage shared[1];
    rop(shared, x, nullptr, nullptr, dweight, dbias, winners, dy);
}

// ----- L-op to weight and bias -----

struct WinnerAdjoint
{
    const real* u;
    const unsigned char* winners;

    __device__ __forceinline__ PlacedAdjoint operator()(const Unit& unit, size_t index) const
    {
        const int winner = winners[index];
        if (winner == CLOSED) return {0, NOWHERE};
        return placed(__ldg(u + index), unit.row * UNIT + winner / WINDOW, unit.column * UNIT + winner % WINDOW);
    }
};

// Grid: (parts, groups of output channels, groups of input channels), blocks of THREADS.
extern "C" __global__ void __launch_bounds__(THREADS) pooled_convolution_lop_weight(
    const Input* __restrict__ x, const unsigned char* __restrict__ winners, const real* __restrict__ u,
    double* __restrict__ parts, int tiles)
{
    __shared__ AdjointStage shared;
    weight_adjoint(shared, x, parts, tiles, WinnerAdjoint{u, winners});
}

// Grid: (rows, groups of output channels, groups of input channels), blocks of THREADS.
extern "C" __global__ void __launch_bounds__(THREADS) pooled_convolution_lop_rows(
    const Input* __restrict__ x, const unsigned char* __restrict__ winners, const real* __restrict__ u,
    real* __restrict__ rows, int samples)
{
    __shared__ AdjointStage shared;
    const StackRow at = stack_row(samples);
    constexpr int OUTPUTS = OUT_CHANNELS * OUT_AREA;
    weight_adjoint_row(
        shared, x + at.sample * IN_CHANNELS * IN_AREA, rows + at.row * OUT_CHANNELS * (ALL_TAPS + 1),
        WinnerAdjoint{u + at.row * OUTPUTS, winners + at.sample * OUTPUTS});
}

extern "C" __global__ void __launch_bounds__(SUM_COLUMNS * SUM_SLICES) pooled_convolution_sum_parts(
    const double* __restrict__ parts, real* __restrict__ uweight, real* __restrict__ ubias, int count)
{
    __shared__ SliceSums shared;
    sum_weight_parts(shared, parts, uweight, ubias, count);
}

// ----- L-op to the input -----

constexpr int INPUT_THREADS = 128;
constexpr int INPUT_CHANNELS = IN_CHANNELS < 8 ? IN_CHANNELS : 8; // of one thread
constexpr int FITTING_FILTERS = 16 * 1024 / (TAPS * INPUT_CHANNELS * int(sizeof(real)));
constexpr int FILTERS =
    FITTING_FILTERS < 1 ? 1 : FITTING_FILTERS < OUT_CHANNELS ? FITTING_FILTERS : OUT_CHANNELS; // staged at once

// Adds what one output channel gives to an input: the windows that reach it are at most ceil((K-1)/WINDOW) + 1 a side.
__device__ __forceinline__ void gather(
    real (&sums)[INPUT_CHANNELS], const real* kernel, const real* u, const unsigned char* winners, int row, int column)
{
    const int first_i = max(row - KERNEL_HEIGHT + 1, 0) / WINDOW, last_i = min(row / WINDOW, OUT_HEIGHT - 1);
    const int first_j = max(column - KERNEL_WIDTH + 1, 0) / WINDOW, last_j = min(column / WINDOW, OUT_WIDTH - 1);
    for (int i = first_i; i <= last_i; ++i)
    {
        for (int j = first_j; j <= last_j; ++j)
        {
            const int winner = winners[i * OUT_WIDTH + j];
            const int k = row - i * WINDOW - winner / WINDOW;
            const int l = column - j * WINDOW - winner % WINDOW;
            const bool reads = winner != CLOSED && k >= 0 && k < KERNEL_HEIGHT && l >= 0 && l < KERNEL_WIDTH;
            if (!reads) continue;
            const real value = __ldg(u + i * OUT_WIDTH + j);
            const real* tap = kernel + (k * KERNEL_WIDTH + l) * INPUT_CHANNELS;
#pragma unroll
            for (int c = 0; c < INPUT_CHANNELS; ++c) sums[c] = multiply_add(tap[c], value, sums[c]);
        }
    }
}

// A thread is a pixel and up to 8 channels, for which the search for winners is done once. Adjoint r is of sample r mod
// samples. Grid: (blocks of pixels, adjoints, groups of input channels), blocks of INPUT_THREADS.
extern "C" __global__ void __launch_bounds__(INPUT_THREADS) pooled_convolution_lop_input(
    const real* __restrict__ weight, const unsigned char* __restrict__ winners, const real* __restrict__ u,
    real* __restrict__ ux, int adjoints, int samples)
{
    __shared__ Pack packs[(FILTERS * TAPS * INPUT_CHANNELS + PACK - 1) / PACK];
    real* kernel = (real*)packs; // [filter][tap][channel]
    const int pixel = blockIdx.x * INPUT_THREADS + threadIdx.x;
    const int group = blockIdx.z * INPUT_CHANNELS;
    for (int r = blockIdx.y; r < adjoints; r += gridDim.y)
    {
        real sums[INPUT_CHANNELS];
#pragma unroll
        for (int c = 0; c < INPUT_CHANNELS; ++c) sums[c] = 0;
        for (int first = 0; first < OUT_CHANNELS; first += FILTERS)
        {
            const int filters = min(FILTERS, OUT_CHANNELS - first);
            __syncthreads(); // the filters before these may still be read
            for (int i = threadIdx.x; i < filters * TAPS * INPUT_CHANNELS; i += INPUT_THREADS)
            {
                const int o = first + i / (TAPS * INPUT_CHANNELS), tap = i / INPUT_CHANNELS % TAPS;
                const int c = group + i % INPUT_CHANNELS;
                kernel[i] = c < IN_CHANNELS ? __ldg(weight + o * ALL_TAPS + c * TAPS + tap) : real(0);
            }
            __syncthreads();
            for (int f = 0; f < filters && pixel < IN_AREA; ++f)
            {
                gather(
                    sums, kernel + f * TAPS * INPUT_CHANNELS, u + ((size_t)r * OUT_CHANNELS + first + f) * OUT_AREA,
                    winners + ((size_t)(r % samples) * OUT_CHANNELS + first + f) * OUT_AREA, pixel / IN_WIDTH,
                    pixel % IN_WIDTH);
            }
        }
        if (pixel >= IN_AREA) continue;
#pragma unroll
        for (int c = 0; c < INPUT_CHANNELS; ++c)
        {
            if (group + c < IN_CHANNELS) ux[((size_t)r * IN_CHANNELS + group + c) * IN_AREA + pixel] = sums[c];
        }
    }
}
