// Constraint rows that bind samples together: each value less the mean of its group. With c [N,J] the values of J rows on N
// samples, and G_j(k) the samples of k's group in the grouping of row j:
//
//   centre   c_kj = c_kj - mean over l in G_j(k) of c_lj
//
// The map is a symmetric projector: value, R-op and L-op are the same kernel. A grouping is 2 N + 1 integers: the samples
// group by group [N], then where each group begins among them [N + 1], with N behind the last. A row of grouping -1 is left
// as it is. There are at most N groups: a group that is empty ends its warp at once, so that the grid does not depend on how
// many there are and the launch can be recorded.
//
// Floor: bytes, 8 a value in float32, and 8 N of the grouping. 128 samples of 6 rows are 7 KB, less than the launch.
#include "real.cuh"

constexpr int THREADS = 256;

extern "C" __global__ void __launch_bounds__(THREADS)
    centre_groups(const int* __restrict__ groupings, const int* __restrict__ grouping_of, real* c, int samples, int rows)
{
    // Lanes of a warp work on one group, so that a warp leaves as a whole.
    const unsigned warp = first_warp();
    const int lane = threadIdx.x % 32, row = warp % rows;
    if (warp >= unsigned(samples) * rows || grouping_of[row] < 0) return;
    const int* order = groupings + grouping_of[row] * (2 * samples + 1);
    const int* begin = order + samples + warp / rows;
    const int first = begin[0], last = begin[1];
    if (first == last) return;
    double sum = 0;
    for (int i = first + lane; i < last; i += 32) sum += c[order[i] * rows + row];
    const double mean = warp_sum(sum) / (last - first);
    for (int i = first + lane; i < last; i += 32)
    {
        const int at = order[i] * rows + row;
        c[at] = real(c[at] - mean);
    }
}
