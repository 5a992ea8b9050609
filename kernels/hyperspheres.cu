// The spheres of Eq. 16 around centres c_i = s z_i, rows of z [centres, d] chosen by a list of m rows.
//
//   forward  n_i = ||w - c_i||,  C_i = n_i - R      for up to 4 points w, each with its scale s
//   R-op     dC_i = (w - c_i).dw / n_i
//   L-op     uw = sum_i u_i (w - c_i) / n_i = (sum_i a_i) w - s sum_i a_i z_i,   a_i = u_i / n_i
//
// The gradient at a centre is 0. Differences come before squares and sums run in float64: blocks leave partial sums of a
// fixed grid, then a block for each sum adds them. A row outside the centres is never read: its results become NaN.
//
// Floor: bytes. With m = 20 of d = 1e6, a product reads 80 MB in float32, an estimated 24 us on an H100 at 3.35 TB/s; the
// forward pass over 200 spheres reads 800 MB, an estimated 240 us, whether for one point or for four.
#include "real.cuh"

constexpr int THREADS = 256;
constexpr int POINTS = 4;

__device__ __forceinline__ double not_a_number()
{
    const double zero = 0;
    return zero / zero;
}

__device__ __forceinline__ bool is_row(int row, int centres)
{
    return row >= 0 && row < centres;
}

// partial[(p m + i) parts + part] = the block's share of sum_j (w_pj - s_p z_ij)^2; block (part, i).
extern "C" __global__ void __launch_bounds__(THREADS) hypersphere_squares(
    const real* __restrict__ centres, const int* __restrict__ rows, const real* __restrict__ points, double* partial,
    int centre_count, int dimension, int point_count, double s0, double s1, double s2, double s3)
{
    const int row = rows[blockIdx.y];
    const double scales[POINTS] = {s0, s1, s2, s3};
    double sums[POINTS] = {0, 0, 0, 0};
    if (is_row(row, centre_count))
    {
        const real* z = centres + (size_t)row * dimension;
        for (unsigned j = first_element(); j < unsigned(dimension); j += element_step())
        {
            const double zj = z[j];
#pragma unroll
            for (int p = 0; p < POINTS; ++p)
            {
                if (p >= point_count) continue;
                const double difference = fma(-scales[p], zj, double(points[(size_t)p * dimension + j]));
                sums[p] = fma(difference, difference, sums[p]);
            }
        }
    }
#pragma unroll
    for (int p = 0; p < POINTS; ++p)
    {
        const double sum = block_sum(sums[p]);
        if (threadIdx.x == 0 && p < point_count)
        {
            partial[((size_t)p * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x] = is_row(row, centre_count) ? sum : not_a_number();
        }
    }
}

// distances[k] and values[k] from the parts of sum k; a block a sum.
extern "C" __global__ void __launch_bounds__(THREADS)
    hypersphere_values(const double* __restrict__ partial, double* distances, real* values, int parts, double radius)
{
    const double sum = block_sum_of(partial + (size_t)blockIdx.x * parts, parts);
    if (threadIdx.x > 0) return;
    const double distance = square_root(sum);
    distances[blockIdx.x] = distance;
    values[blockIdx.x] = real(distance - radius);
}

// partial[i parts + part] = the block's share of sum_j (w_j - s z_ij) v_j; block (part, i).
extern "C" __global__ void __launch_bounds__(THREADS) hypersphere_products(
    const real* __restrict__ centres, const int* __restrict__ rows, const real* __restrict__ w, const real* __restrict__ v,
    double* partial, int centre_count, int dimension, double scale)
{
    const int row = rows[blockIdx.y];
    double sum = 0;
    if (is_row(row, centre_count))
    {
        const real* z = centres + (size_t)row * dimension;
        for (unsigned j = first_element(); j < unsigned(dimension); j += element_step())
        {
            sum = fma(fma(-scale, double(z[j]), double(w[j])), double(v[j]), sum);
        }
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[(size_t)blockIdx.y * gridDim.x + blockIdx.x] = is_row(row, centre_count) ? sum : not_a_number();
}

// dc[i] = the sum of its parts over n_i; a block a row.
extern "C" __global__ void __launch_bounds__(THREADS)
    hypersphere_rop(const double* __restrict__ partial, const double* __restrict__ distances, real* dc, int parts)
{
    const double sum = block_sum_of(partial + (size_t)blockIdx.x * parts, parts);
    if (threadIdx.x > 0) return;
    const double distance = distances[blockIdx.x];
    dc[blockIdx.x] = distance == 0 ? real(0) : real(sum / distance);
}

// a_i = u_i / n_i, and behind the last their sum; one block.
extern "C" __global__ void __launch_bounds__(THREADS)
    hypersphere_weights(const real* __restrict__ u, const double* __restrict__ distances, double* weights, int count)
{
    double sum = 0;
    for (int i = threadIdx.x; i < count; i += THREADS)
    {
        const double weight = distances[i] == 0 ? 0 : double(u[i]) / distances[i];
        weights[i] = weight;
        sum += weight;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) weights[count] = sum;
}

// uw_j = a_total w_j - s sum_i a_i z_ij; a thread a column.
extern "C" __global__ void __launch_bounds__(THREADS) hypersphere_lop(
    const real* __restrict__ centres, const int* __restrict__ rows, const real* __restrict__ w,
    const double* __restrict__ weights, real* uw, int centre_count, int dimension, int count, double scale)
{
    for (unsigned j = first_element(); j < unsigned(dimension); j += element_step())
    {
        double sum = weights[count] * double(w[j]);
        for (int i = 0; i < count; ++i)
        {
            const int row = rows[i];
            const double z = is_row(row, centre_count) ? double(centres[(size_t)row * dimension + j]) : not_a_number();
            sum = fma(-scale * weights[i], z, sum);
        }
        uw[j] = real(sum);
    }
}
