// The adjoint of a convolution's weight and bias, shared by the plain and the pooled convolution:
//
//   uW[o,c,k,l] = sum u[n,o,i,j] x[n,c,s i + k - p, s j + l - p];   ub[o] = sum u[n,o,i,j]
//
// summed over the samples n and those convolution outputs (i,j) that count: all of them, or a window's open winner.
//
// A warp is an output channel and a lane a tap (c,k,l), or several. Lanes of a warp read one adjoint at a time and
// neighbouring places of the staged patch: rows are KERNEL_WIDTH and channels TAPS banks apart (modulo 32), so that 32
// consecutive taps meet 32 banks. Each block takes an even share of all tiles and leaves its sums in float64, which
// sum_weight_parts adds in the order of the blocks. Within a tile, 32 terms or fewer, sums run in real.
//
// Needs GROUP, the input channels of a block, beside the constants of convolution_tile.cuh.
#pragma once
#include "column_sums.cuh"
#include "convolution_tile.cuh"

constexpr int TAP_PITCH = PATCH_WIDTH + ((KERNEL_WIDTH - PATCH_WIDTH) % 32 + 32) % 32;
constexpr int TAP_ROWS = PATCH_HEIGHT * TAP_PITCH;
constexpr int TAP_PLANE = TAP_ROWS + ((TAPS - TAP_ROWS) % 32 + 32) % 32;
constexpr int SLOTS = (GROUP * TAPS + 31) / 32; // taps of a lane

constexpr int NOWHERE = -1;

// The adjoint of one convolution output, and the place of the first input below it in a channel's patch.
struct PlacedAdjoint
{
    real value;
    int place;
};

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

// Adds the adjoints of one tile, whose patch is staged, to the warp's sums.
__device__ __forceinline__ void add_tile(
    TapSums& sums, const real* patch, const PlacedAdjoint (&list)[32], int count, const int (&offset)[SLOTS])
{
    real tile[SLOTS];
#pragma unroll
    for (int slot = 0; slot < SLOTS; ++slot) tile[slot] = 0;
#pragma unroll 4
    for (int i = 0; i < count; ++i)
    {
        const real* corner = patch + list[i].place;
        const real value = list[i].value;
#pragma unroll
        for (int slot = 0; slot < SLOTS; ++slot) tile[slot] = multiply_add(value, corner[offset[slot]], tile[slot]);
    }
#pragma unroll
    for (int slot = 0; slot < SLOTS; ++slot) sums.weight[slot] += tile[slot];
}

// part[o][tap], and part[o][ALL_TAPS] for the bias, of this block; group is its first input channel.
__device__ __forceinline__ void store_part(const TapSums& sums, double* part, int channel, int group)
{
    const int lane = threadIdx.x % 32;
    const double bias = warp_sum(sums.bias);
    if (channel >= OUT_CHANNELS) return;
    double* row = part + (size_t)channel * (ALL_TAPS + 1);
#pragma unroll
    for (int slot = 0; slot < SLOTS; ++slot)
    {
        const int tap = 32 * slot + lane;
        if (tap < GROUP * TAPS && group * TAPS + tap < ALL_TAPS) row[group * TAPS + tap] = sums.weight[slot];
    }
    if (lane == 0 && group == 0) row[ALL_TAPS] = bias;
}

// The kernel's body. Adjoint is a function object: from a unit of the tile and its index in u it makes the PlacedAdjoint,
// NOWHERE for a unit that does not count. Grid: (parts, groups of output channels, groups of input channels).
template <class Adjoint>
__device__ __forceinline__ void weight_adjoint(AdjointStage& stage, const real* x, double* parts, int tiles, Adjoint adjoint)
{
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const int channel = blockIdx.y * WARPS + warp;
    const int group = blockIdx.z * GROUP;
    const int channels = min(GROUP, IN_CHANNELS - group);
    int offset[SLOTS];
#pragma unroll
    for (int slot = 0; slot < SLOTS; ++slot)
    {
        const int tap = 32 * slot + lane;
        const int c = tap / TAPS, k = tap / KERNEL_WIDTH % KERNEL_HEIGHT, l = tap % KERNEL_WIDTH;
        offset[slot] = tap < channels * TAPS ? c * TAP_PLANE + k * TAP_PITCH + l : 0;
    }
    TapSums sums = {};
    const int end = int((long long)tiles * (blockIdx.x + 1) / gridDim.x);
    for (int index = int((long long)tiles * blockIdx.x / gridDim.x); index < end; ++index)
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
            stage.patch, x + ((size_t)tile.sample * IN_CHANNELS + group) * IN_AREA, channels, tile.row * UNIT - PADDING,
            tile.column * UNIT - PADDING);
        __syncthreads();
        add_tile(sums, stage.patch, stage.lists[warp], count, offset);
    }
    store_part(sums, parts + (size_t)blockIdx.x * OUT_CHANNELS * (ALL_TAPS + 1), channel, group);
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
