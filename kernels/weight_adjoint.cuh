// The adjoint of a convolution's weight and bias, shared by the plain and the pooled convolution:
//
//   uW[o,c,k,l] = sum u[n,o,i,j] x[n,c,s i + k - p, s j + l - p];   ub[o] = sum u[n,o,i,j]
//
// summed over the samples n and those convolution outputs (i,j) that count: all of them, or a window's open winner.
//
// A warp is an output channel and a lane a tap (c,k,l), or several. Lanes of a warp read one adjoint at a time and
// neighbouring places of the staged patch: rows are KERNEL_WIDTH and channels TAPS banks apart (modulo 32), so that 32
// consecutive taps meet 32 banks. Each block takes an even share of all tiles and leaves its sums in float64, which
// sum_weight_parts adds in the order of the blocks; or all tiles of one sample, whose sums are a row of their own. Within a
// tile, 32 terms or fewer, sums run in real.
//
// Places in a patch are counted in bytes: one addition makes an address for a product, and no shift.
//
// Needs GROUP, the input channels of a block, beside the constants of convolution_tile.cuh.
#pragma once
#include "column_sums.cuh"
#include "patch.cuh"

constexpr int TAP_PITCH = PATCH_WIDTH + ((KERNEL_WIDTH - PATCH_WIDTH) % 32 + 32) % 32;
constexpr int TAP_ROWS = PATCH_HEIGHT * TAP_PITCH;
constexpr int TAP_PLANE = TAP_ROWS + ((TAPS - TAP_ROWS) % 32 + 32) % 32;
constexpr int SLOTS = (GROUP * TAPS + 31) / 32; // taps of a lane

constexpr int NOWHERE = -1;

// The adjoint of one convolution output, and the place in bytes of the first input below it in a channel's patch.
struct PlacedAdjoint
{
    real value;
    int place;
};

__device__ __forceinline__ PlacedAdjoint placed(real value, int row, int column)
{
    return {value, (row * TAP_PITCH + column) * int(sizeof(real))};
}

// What a block shares: the patches of a tile and, warp by warp, the adjoints.
struct __align__(16) AdjointStage
{
    real patch[GROUP * TAP_PLANE];
    PlacedAdjoint lists[WARPS][32];
};

static_assert(sizeof(AdjointStage) <= 48 * 1024, "the patches of a group of channels exceed shared memory");

struct TapSums
{
    double weight[SLOTS];
    double bias; // over the lane's own units
};

// Puts the adjoints of a warp's lanes that have a place side by side, in their order, and returns their number.
__device__ __forceinline__ int compact(PlacedAdjoint (&list)[32], const PlacedAdjoint& mine)
{
    const int lane = threadIdx.x % 32;
    const unsigned placed = __ballot_sync(FULL_WARP, mine.place != NOWHERE);
    if (mine.place != NOWHERE) list[__popc(placed & ((1u << lane) - 1))] = mine;
    return __popc(placed);
}

// Adds the adjoints of one tile, whose patch is staged, to the warp's sums; offsets of the lane's taps are bytes.
__device__ __forceinline__ void add_tile(
    TapSums& sums, const real* patch, const PlacedAdjoint (&list)[32], int count, const int (&offset)[SLOTS])
{
    real tile[SLOTS];
#pragma unroll
    for (int slot = 0; slot < SLOTS; ++slot) tile[slot] = 0;
#pragma unroll 4
    for (int i = 0; i < count; ++i)
    {
        const char* corner = (const char*)patch + list[i].place;
        const real value = list[i].value;
#pragma unroll
        for (int slot = 0; slot < SLOTS; ++slot)
        {
            tile[slot] = multiply_add(value, *(const real*)(corner + offset[slot]), tile[slot]);
        }
    }
#pragma unroll
    for (int slot = 0; slot < SLOTS; ++slot) sums.weight[slot] += tile[slot];
}

// The warp's output channel, and the first input channel of its block.
__device__ __forceinline__ int adjoint_channel()
{
    return blockIdx.y * WARPS + threadIdx.x / 32;
}

__device__ __forceinline__ int adjoint_group()
{
    return blockIdx.z * GROUP;
}

// The warp's sums over tiles first .. end - 1. Adjoint is a function object: from a unit of the tile and its index in u it
// makes the PlacedAdjoint, NOWHERE for a unit that does not count.
template <class Input, class Adjoint>
__device__ __forceinline__ TapSums sum_tiles(AdjointStage& stage, const Input* x, int first, int end, Adjoint adjoint)
{
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const int channel = adjoint_channel(), group = adjoint_group();
    const int channels = min(GROUP, IN_CHANNELS - group);
    int offset[SLOTS];
#pragma unroll
    for (int slot = 0; slot < SLOTS; ++slot)
    {
        const int tap = 32 * slot + lane;
        const int c = tap / TAPS, k = tap / KERNEL_WIDTH % KERNEL_HEIGHT, l = tap % KERNEL_WIDTH;
        offset[slot] = tap < channels * TAPS ? (c * TAP_PLANE + k * TAP_PITCH + l) * int(sizeof(real)) : 0;
    }
    TapSums sums = {};
    for (int index = first; index < end; ++index)
    {
        const Tile tile = tile_at(index);
        const Unit unit = unit_at(tile, lane);
        PlacedAdjoint mine = {0, NOWHERE};
        if (unit.exists && channel < OUT_CHANNELS)
        {
            mine = adjoint(unit, ((size_t)tile.sample * OUT_CHANNELS + channel) * OUT_AREA + unit.place);
        }
        if (mine.place != NOWHERE) sums.bias += mine.value;
        __syncthreads(); // the tile before this one may still be read
        const int count = compact(stage.lists[warp], mine);
        stage_patch<PATCH_WIDTH, TAP_PITCH, TAP_PLANE>(
            stage.patch, x + (size_t)tile.sample * IN_CHANNELS * IN_AREA, group, channels, tile.row * UNIT - PADDING,
            tile.column * UNIT - PADDING);
        __syncthreads();
        add_tile(sums, stage.patch, stage.lists[warp], count, offset);
    }
    return sums;
}

// Writes the warp's sums to its output channel's weights [ALL_TAPS] and bias.
template <class Number>
__device__ __forceinline__ void store_sums(const TapSums& sums, Number* weight, Number* bias)
{
    const int lane = threadIdx.x % 32, group = adjoint_group();
    const double total = warp_sum(sums.bias);
    if (adjoint_channel() >= OUT_CHANNELS) return;
#pragma unroll
    for (int slot = 0; slot < SLOTS; ++slot)
    {
        const int tap = 32 * slot + lane;
        if (tap < GROUP * TAPS && group * TAPS + tap < ALL_TAPS) weight[group * TAPS + tap] = Number(sums.weight[slot]);
    }
    if (lane == 0 && group == 0) *bias = Number(total);
}

// The body of a kernel that leaves parts [gridDim.x][OUT_CHANNELS][ALL_TAPS + 1], an output channel's bias behind its
// weights. Grid: (parts, groups of output channels, groups of input channels).
template <class Input, class Adjoint>
__device__ __forceinline__ void weight_adjoint(AdjointStage& stage, const Input* x, double* parts, int tiles, Adjoint adjoint)
{
    const int first = int((long long)tiles * blockIdx.x / gridDim.x);
    const int end = int((long long)tiles * (blockIdx.x + 1) / gridDim.x);
    const TapSums sums = sum_tiles(stage, x, first, end, adjoint);
    double* part = parts + ((size_t)blockIdx.x * OUT_CHANNELS + adjoint_channel()) * (ALL_TAPS + 1);
    store_sums(sums, part, part + ALL_TAPS);
}

// Which row of a stack of adjoints a block computes, r = j N + k for adjoint j of sample k. Blocks go through the
// adjoints of one sample before those of the next, so that its inputs are read from memory once and then from the cache.
struct StackRow
{
    size_t row, sample;
};

__device__ __forceinline__ StackRow stack_row(int samples)
{
    const int stack = gridDim.x / samples;
    const int sample = blockIdx.x / stack;
    return {size_t(blockIdx.x % stack) * samples + sample, size_t(sample)};
}

// The body of a kernel that writes a row [weight, bias] for each adjoint of each sample: x is the inputs of the row's sample
// alone, and so is what Adjoint reads. Grid: (rows, groups of output channels, groups of input channels).
template <class Input, class Adjoint>
__device__ __forceinline__ void weight_adjoint_row(AdjointStage& stage, const Input* x, real* row, Adjoint adjoint)
{
    const TapSums sums = sum_tiles(stage, x, 0, TILES, adjoint);
    const int channel = adjoint_channel();
    store_sums(sums, row + channel * ALL_TAPS, row + OUT_CHANNELS * ALL_TAPS + channel);
}

// The parts [count][OUT_CHANNELS][ALL_TAPS + 1] summed into weight and bias; a block of SUM_COLUMNS * SUM_SLICES.
__device__ __forceinline__ void sum_weight_parts(
    SliceSums& shared, const double* parts, real* weight, real* bias, int count)
{
    constexpr int COLUMNS = OUT_CHANNELS * (ALL_TAPS + 1);
    const double sum = column_sum(shared, parts, count, COLUMNS);
    const int column = blockIdx.x * SUM_COLUMNS + threadIdx.x % SUM_COLUMNS;
    if (int(threadIdx.x) >= SUM_COLUMNS || column >= COLUMNS) return;
    const int channel = column / (ALL_TAPS + 1), tap = column % (ALL_TAPS + 1);
    if (tap < ALL_TAPS) weight[channel * ALL_TAPS + tap] = real(sum);
    else bias[channel] = real(sum);
}
