// How the convolution kernels cut their work.
//
// A unit of output is a window of WINDOW x WINDOW convolution outputs, of which a pooling keeps one; without pooling
// WINDOW is 1. A tile is up to 32 units of one sample, TILE_HEIGHT x TILE_WIDTH, one for each lane of a warp. A block
// computes one tile for up to 8 output channels, a warp a channel, so that all lanes of a warp read one weight at a time.
// The inputs below a tile, its patch, are staged once in shared memory and serve all warps.
//
// Needs IN_CHANNELS, IN_HEIGHT, IN_WIDTH, OUT_CHANNELS, KERNEL_HEIGHT, KERNEL_WIDTH, STRIDE, PADDING, WINDOW, and the
// launcher's choice of TILE_HEIGHT, TILE_WIDTH.
#pragma once
#include "real.cuh"

constexpr int WARPS = OUT_CHANNELS < 8 ? OUT_CHANNELS : 8;
constexpr int THREADS = 32 * WARPS;

constexpr int TAPS = KERNEL_HEIGHT * KERNEL_WIDTH; // of one input channel
constexpr int ALL_TAPS = IN_CHANNELS * TAPS;       // of one output channel
constexpr int IN_AREA = IN_HEIGHT * IN_WIDTH;

// Units of a sample's output plane: rows and columns that no whole window covers are cut.
constexpr int OUT_HEIGHT = ((IN_HEIGHT + 2 * PADDING - KERNEL_HEIGHT) / STRIDE + 1) / WINDOW;
constexpr int OUT_WIDTH = ((IN_WIDTH + 2 * PADDING - KERNEL_WIDTH) / STRIDE + 1) / WINDOW;
constexpr int OUT_AREA = OUT_HEIGHT * OUT_WIDTH;

// Inputs from one unit to the next, and those that one unit spans.
constexpr int UNIT = WINDOW * STRIDE;
constexpr int SPAN_HEIGHT = (WINDOW - 1) * STRIDE + KERNEL_HEIGHT;
constexpr int SPAN_WIDTH = (WINDOW - 1) * STRIDE + KERNEL_WIDTH;

constexpr int TILE = TILE_HEIGHT * TILE_WIDTH;
constexpr int ROW_TILES = (OUT_HEIGHT + TILE_HEIGHT - 1) / TILE_HEIGHT;
constexpr int COLUMN_TILES = (OUT_WIDTH + TILE_WIDTH - 1) / TILE_WIDTH;
constexpr int TILES = ROW_TILES * COLUMN_TILES; // of one sample
constexpr int PATCH_HEIGHT = (TILE_HEIGHT - 1) * UNIT + SPAN_HEIGHT;
constexpr int PATCH_WIDTH = (TILE_WIDTH - 1) * UNIT + SPAN_WIDTH;
static_assert(TILE >= 1 && TILE <= 32, "a tile has a unit for each lane of a warp");

// The most bytes of shared memory that a kernel takes, below the 48 KB that every launch may have.
constexpr int SHARED_BYTES = 40 * 1024;

// Where a tile lies: its sample, its first row and column of units.
struct Tile
{
    int sample, row, column;
};

__device__ __forceinline__ Tile tile_at(int index)
{
    const int place = index % TILES;
    return {index / TILES, place / COLUMN_TILES * TILE_HEIGHT, place % COLUMN_TILES * TILE_WIDTH};
}

// A lane's unit of a tile; lanes behind the tile or outside the plane have none.
struct Unit
{
    bool exists;
    int row, column; // in the tile
    int place;       // in the plane
};

__device__ __forceinline__ Unit unit_at(const Tile& tile, int lane)
{
    const int row = lane / TILE_WIDTH;
    const int column = lane % TILE_WIDTH;
    const bool exists = lane < TILE && tile.row + row < OUT_HEIGHT && tile.column + column < OUT_WIDTH;
    return {exists, row, column, (tile.row + row) * OUT_WIDTH + tile.column + column};
}
