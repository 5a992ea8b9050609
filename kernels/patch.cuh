// The staging of a tile's inputs in shared memory, from numbers [N,C,H,W] or from images, uint8 [N,H,W,C], whose pixels
// become numbers on their way. A sample of either has as many elements.
//
//   patch[c PLANE + r PITCH + q] = x[first + c][top + r][left + q], 0 outside the input, for q < WIDTH and c < count
//
// Rows are moved in packs where the sizes and the address allow it, else input by input.
#pragma once
#include "convolution_tile.cuh"
#include "images.cuh"

__device__ __forceinline__ real input_at(const real* sample, int channel, int row, int column)
{
    return __ldg(sample + (size_t)channel * IN_AREA + row * IN_WIDTH + column);
}

__device__ __forceinline__ real input_at(const unsigned char* sample, int channel, int row, int column)
{
    return normalized(__ldg(sample + ((size_t)row * IN_WIDTH + column) * IN_CHANNELS + channel));
}

// Stages numbers in packs of 16 bytes and says whether it could.
template <int WIDTH, int PITCH, int PLANE>
__device__ __forceinline__ bool stage_packed(real* patch, const real* sample, int first, int count, int top, int left)
{
    constexpr bool PACKED = PADDING == 0 && WIDTH % PACK == 0 && PITCH % PACK == 0 && PLANE % PACK == 0
        && IN_WIDTH % PACK == 0 && TILE_WIDTH * UNIT % PACK == 0;
    constexpr int ROW = WIDTH / PACK > 0 ? WIDTH / PACK : 1;
    const real* channels = sample + (size_t)first * IN_AREA;
    if (!PACKED || !is_aligned(channels)) return false;
    for (int i = threadIdx.x; i < count * PATCH_HEIGHT * ROW; i += THREADS)
    {
        const int c = i / (PATCH_HEIGHT * ROW), r = i / ROW % PATCH_HEIGHT, q = i % ROW * PACK;
        real* target = patch + c * PLANE + r * PITCH + q;
        const bool inside = top + r < IN_HEIGHT && left + q < IN_WIDTH;
        if (inside) store_pack(target, load_pack(channels + (size_t)c * IN_AREA + (top + r) * IN_WIDTH + left + q));
        else store_pack(target, Pack{});
    }
    return true;
}

constexpr int QUAD = 4;                                            // pixels that are read together,
constexpr int WORDS = IN_CHANNELS <= QUAD ? IN_CHANNELS : 1;       // as so many words of 4 bytes; no more channels are

// Writes one channel of a quad to a row of a patch.
template <bool PACKED>
__device__ __forceinline__ void store_quad(real* target, const unsigned (&words)[WORDS], int channel)
{
    Pack pack;
#pragma unroll
    for (int i = 0; i < QUAD; ++i)
    {
        const int byte = i * WORDS + channel;
        const real value = normalized((unsigned char)(words[byte / 4] >> (byte % 4 * 8)));
        if (!PACKED) target[i] = value;
        else pack.at[i % PACK] = value;
        if (PACKED && i % PACK == PACK - 1) store_pack(target + i + 1 - PACK, pack);
    }
}

// Stages images by quads and says whether it could. Neighbouring threads take neighbouring quads, or neighbouring rows where
// those do not begin with a pack: either way their stores spread over the banks.
template <int WIDTH, int PITCH, int PLANE>
__device__ __forceinline__ bool stage_packed(
    real* patch, const unsigned char* sample, int, int count, int top, int left)
{
    constexpr bool BY_QUADS = PADDING == 0 && WORDS == IN_CHANNELS && WIDTH % QUAD == 0 && IN_WIDTH % QUAD == 0
        && TILE_WIDTH * UNIT % QUAD == 0;
    constexpr bool PACKED = PITCH % PACK == 0 && PLANE % PACK == 0;
    constexpr int QUADS = WIDTH / QUAD > 0 ? WIDTH / QUAD : 1;
    if (!BY_QUADS || count != IN_CHANNELS || ((size_t)sample & 3) != 0) return false;
    for (int i = threadIdx.x; i < PATCH_HEIGHT * QUADS; i += THREADS)
    {
        const int r = PACKED ? i / QUADS : i % PATCH_HEIGHT, q = (PACKED ? i % QUADS : i / PATCH_HEIGHT) * QUAD;
        const bool inside = top + r < IN_HEIGHT && left + q < IN_WIDTH;
        const unsigned* source = (const unsigned*)(sample + ((size_t)(top + r) * IN_WIDTH + left + q) * IN_CHANNELS);
        unsigned words[WORDS];
#pragma unroll
        for (int k = 0; k < WORDS; ++k) words[k] = inside ? __ldg(source + k) : 0;
#pragma unroll
        for (int c = 0; c < WORDS; ++c)
        {
            real* target = patch + c * PLANE + r * PITCH + q;
            if (inside) store_quad<PACKED>(target, words, c);
            else for (int k = 0; k < QUAD; ++k) target[k] = 0;
        }
    }
    return true;
}

// Stages a patch; by all threads of the block.
template <int WIDTH, int PITCH, int PLANE, class Input>
__device__ __forceinline__ void stage_patch(real* patch, const Input* sample, int first, int count, int top, int left)
{
    if (stage_packed<WIDTH, PITCH, PLANE>(patch, sample, first, count, top, left)) return;
    for (int i = threadIdx.x; i < count * PATCH_HEIGHT * WIDTH; i += THREADS)
    {
        const int c = i / (PATCH_HEIGHT * WIDTH), r = i / WIDTH % PATCH_HEIGHT, q = i % WIDTH;
        const int row = top + r, column = left + q;
        const bool inside = row >= 0 && row < IN_HEIGHT && column >= 0 && column < IN_WIDTH;
        patch[c * PLANE + r * PITCH + q] = inside ? input_at(sample, first + c, row, column) : real(0);
    }
}
