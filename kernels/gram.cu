// Gram matrices of constraint rows, S = A A^T, and products with A, from the shares of all layers at once. Rows stand in the
// order r = j N + k for constraint j of sample k; R is their number, N that of the samples.
//
// A share is what one layer adds to A: formed rows a [R,P], or for an affine layer y = x W^T + b the adjoints d [R,O] of its
// output and its input x [N,I], whose rows d_r x_k(r)^T (and d_r for the bias) are never formed.
//
//   gram_inputs    p[share][k,l] = 1 + x_k . x_l                                            k <= l
//   gram_sum       s[r,c] += sum of a_r . a_c, and of p[share][k(r),k(c)] (d_r . d_c),      r <= c,  k(r) = r mod N
//   gram_row_dots  c_r = sum of a_r . v, and of d_r . (y_k(r) + v_b)                        A v, with y = x V^T
//   gram_combine   y_k = sum over j of u_jN+k d_jN+k, its sum over k for the bias,          A^T u, with W: y^T x
//                  and sum over r of u_r a_r
//
// A tile of 32 x 32 elements of S is a block of 256 threads, 2 x 2 for each. Only tiles on and above the diagonal are
// computed. Products of up to 256 elements are summed in real and their sums in float64; "exact" kernels sum all in float64.
//
// Floor: with R = 768 and the paper's layers (depths 51 + 1024 + 1024 + 584 + 1608 + 608) the upper half takes 2.9 GFLOP, an
// estimated 43 us on an H200 at 67 TFLOP/s; S is 4.7 MB, 1 us. The products with A read 15 MB of shares, 3 us. What binds the
// sum is shared memory: 2 x 2 elements a thread read one number for each multiply-add.
#include "column_sums.cuh"

constexpr int THREADS = 256;
constexpr int SIDE = 32;           // rows and columns of a tile
constexpr int DEPTH = 32;          // elements of a row that are staged at a time
constexpr int PITCH = SIDE + 2;    // pairs stay aligned
constexpr int STAGES = 8;          // stages whose products are summed in real

// What a layer adds to A; GramShares.cs writes these.
struct Share
{
    const real* rows;  // a [R][outputs] or d [R][outputs]
    const real* input; // x [N][inputs], null where rows are formed
    real* output;      // y [N][outputs], between two launches
    int outputs, inputs;
    long long offset; // of the layer in w: the weight [outputs][inputs], then the bias
};

struct __align__(16) Tiles
{
    real left[DEPTH][PITCH];
    real right[DEPTH][PITCH];
};

// tile[k][i] = rows[top + i][first + k], 0 outside.
__device__ __forceinline__ void stage(real (&tile)[DEPTH][PITCH], const real* rows, int count, int length, int top, int first)
{
    for (int i = threadIdx.x; i < SIDE * DEPTH; i += THREADS)
    {
        const int row = top + i / DEPTH, k = first + i % DEPTH;
        tile[i % DEPTH][i / DEPTH] = row < count && k < length ? rows[(size_t)row * length + k] : real(0);
    }
}

// Adds the products of rows top + 2 y, ... with rows left + 2 x, ... to sum; Number is the type of their short sums.
template <class Number>
__device__ __forceinline__ void add_products(
    Tiles& tiles, const real* rows, int count, int length, int top, int left, double (&sum)[2][2])
{
    const int y = 2 * (threadIdx.x / (SIDE / 2)), x = 2 * (threadIdx.x % (SIDE / 2));
    Number part[2][2] = {};
    for (int first = 0, stages = 0; first < length; first += DEPTH)
    {
        __syncthreads(); // the tiles before these may still be read
        stage(tiles.left, rows, count, length, top, first);
        stage(tiles.right, rows, count, length, left, first);
        __syncthreads();
#pragma unroll
        for (int k = 0; k < DEPTH; ++k)
        {
            const Number a[2] = {tiles.left[k][y], tiles.left[k][y + 1]};
            const Number b[2] = {tiles.right[k][x], tiles.right[k][x + 1]};
#pragma unroll
            for (int i = 0; i < 4; ++i) part[i / 2][i % 2] = multiply_add(a[i / 2], b[i % 2], part[i / 2][i % 2]);
        }
        if (++stages % STAGES > 0 && first + DEPTH < length) continue;
#pragma unroll
        for (int i = 0; i < 4; ++i)
        {
            sum[i / 2][i % 2] += part[i / 2][i % 2];
            part[i / 2][i % 2] = 0;
        }
    }
}

// Element i = 0 to 3 of the thread's part of a tile.
struct Element
{
    int row, column;

    __device__ __forceinline__ Element(int i)
        : row(blockIdx.y * SIDE + 2 * (threadIdx.x / (SIDE / 2)) + i / 2),
          column(blockIdx.x * SIDE + 2 * (threadIdx.x % (SIDE / 2)) + i % 2)
    {
    }

    __device__ __forceinline__ bool is_above(int count) const { return row <= column && column < count; }
};

template <class Number>
__device__ __forceinline__ void input_products(Tiles& tiles, const Share* shares, double* products, int samples)
{
    const Share share = shares[blockIdx.z];
    if (!share.input || blockIdx.x < blockIdx.y) return;
    double sum[2][2] = {};
    add_products<Number>(tiles, share.input, samples, share.inputs, blockIdx.y * SIDE, blockIdx.x * SIDE, sum);
    double* result = products + (size_t)blockIdx.z * samples * samples;
    for (int i = 0; i < 4; ++i)
    {
        const Element at(i);
        if (at.is_above(samples)) result[(size_t)at.row * samples + at.column] = 1 + sum[i / 2][i % 2];
    }
}

template <class Number>
__device__ __forceinline__ void sum_shares(
    Tiles& tiles, const Share* shares, int share_count, const double* products, double* s, int rows, int samples)
{
    if (blockIdx.x < blockIdx.y) return;
    double total[2][2] = {};
    for (int index = 0; index < share_count; ++index)
    {
        const Share share = shares[index];
        double sum[2][2] = {};
        add_products<Number>(tiles, share.rows, rows, share.outputs, blockIdx.y * SIDE, blockIdx.x * SIDE, sum);
        const double* p = products + (size_t)index * samples * samples;
        for (int i = 0; i < 4; ++i)
        {
            const Element at(i);
            const int k = at.row % samples, l = at.column % samples;
            const bool weighs = share.input && at.is_above(rows);
            total[i / 2][i % 2] += weighs ? p[(size_t)min(k, l) * samples + max(k, l)] * sum[i / 2][i % 2] : sum[i / 2][i % 2];
        }
    }
    for (int i = 0; i < 4; ++i)
    {
        const Element at(i);
        if (at.is_above(rows)) s[(size_t)at.row * rows + at.column] += total[i / 2][i % 2];
    }
}

// Grid: (tiles, tiles, shares).
extern "C" __global__ void __launch_bounds__(THREADS) gram_inputs(const Share* shares, double* products, int samples)
{
    __shared__ Tiles tiles;
    input_products<real>(tiles, shares, products, samples);
}

extern "C" __global__ void __launch_bounds__(THREADS) gram_inputs_exact(const Share* shares, double* products, int samples)
{
    __shared__ Tiles tiles;
    input_products<double>(tiles, shares, products, samples);
}

// Grid: (tiles, tiles).
extern "C" __global__ void __launch_bounds__(THREADS)
    gram_sum(const Share* shares, int share_count, const double* products, double* s, int rows, int samples)
{
    __shared__ Tiles tiles;
    sum_shares<real>(tiles, shares, share_count, products, s, rows, samples);
}

extern "C" __global__ void __launch_bounds__(THREADS)
    gram_sum_exact(const Share* shares, int share_count, const double* products, double* s, int rows, int samples)
{
    __shared__ Tiles tiles;
    sum_shares<double>(tiles, shares, share_count, products, s, rows, samples);
}

// A warp for each row.
extern "C" __global__ void __launch_bounds__(THREADS)
    gram_row_dots(const Share* shares, int share_count, const real* v, real* result, int rows, int samples)
{
    const unsigned row = first_warp();
    const int lane = threadIdx.x % 32;
    if (row >= unsigned(rows)) return;
    double sum = 0;
    for (int index = 0; index < share_count; ++index)
    {
        const Share share = shares[index];
        const real* left = share.rows + (size_t)row * share.outputs;
        const real* direction = v + share.offset;
        if (share.input)
        {
            const real* y = share.output + (size_t)(row % samples) * share.outputs;
            const real* bias = direction + (size_t)share.outputs * share.inputs;
            for (int i = lane; i < share.outputs; i += 32) sum = fma(double(left[i]), double(y[i]) + double(bias[i]), sum);
        }
        else
        {
            for (int i = lane; i < share.outputs; i += 32) sum = fma(double(left[i]), double(direction[i]), sum);
        }
    }
    sum = warp_sum(sum);
    if (lane == 0) result[row] = real(sum);
}

// Sums over a share's columns, 8 threads a column. Grid: (groups of 32 columns, 1, shares).
extern "C" __global__ void __launch_bounds__(SUM_COLUMNS * SUM_SLICES)
    gram_combine(const Share* shares, const real* u, real* result, int rows, int samples)
{
    __shared__ SliceSums sums;
    const Share share = shares[blockIdx.z];
    const int lane = threadIdx.x % SUM_COLUMNS, slice = threadIdx.x / SUM_COLUMNS;
    const int column = blockIdx.x * SUM_COLUMNS + lane;
    if (int(blockIdx.x * SUM_COLUMNS) >= share.outputs) return;
    double sum = 0;
    if (column < share.outputs && share.input)
    {
        for (int k = slice; k < samples; k += SUM_SLICES)
        {
            real y = 0;
            for (int row = k; row < rows; row += samples) y = multiply_add(u[row], share.rows[(size_t)row * share.outputs + column], y);
            share.output[(size_t)k * share.outputs + column] = y;
            sum += y;
        }
    }
    else if (column < share.outputs)
    {
        for (int row = slice; row < rows; row += SUM_SLICES)
        {
            sum = fma(double(u[row]), double(share.rows[(size_t)row * share.outputs + column]), sum);
        }
    }
    sums[slice][lane] = sum;
    __syncthreads();
    if (slice > 0 || column >= share.outputs) return;
    for (int s = 1; s < SUM_SLICES; ++s) sum += sums[s][lane];
    result[share.offset + (share.input ? (size_t)share.outputs * share.inputs : 0) + column] = real(sum);
}
