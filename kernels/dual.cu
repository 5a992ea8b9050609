// The dual system of a hard step, (S + eta d I) Lambda = A b1 - eta b2 and dw = (b1 - A^T Lambda) / eta, between the products
// with A and the factorization: everything that would else be computed on the host. Vectors of constraint rows are float64
// and stand in the order j N + k of S ("stacked"), those that other kernels and the host see in the order J k + j; J is the
// number of constraints of a sample.
//
//   dual_prepare   trace(S), shift = delta trace(S) / R on S's diagonal, its largest element then
//   dual_mirror    S's lower triangle = its upper one, with the diagonal beside: what the factorization overwrites
//   dual_diagonal  puts that diagonal back
//   dual_right     t = b2, r = A b1 - eta t
//   dual_split     Lambda = c or Lambda += c, and both in real
//   dual_weigh     y = factor weight x by elements
//   dual_step      dw = (b1 - p) / eta with p = A^T Lambda, and the sums of dw^2, (b1 - p - eta dw)^2 and b1^2
//   dual_miss      m = t - A dw + (shift / eta) Lambda, the sums of m^2, Lambda^2 and t^2, and the factor's smallest pivot
//
// S [R,R] row-major, its upper triangle, which a column-major library sees as its lower one. Numbers that the host decides by
// stand side by side in `numbers`, see Number.
//
// Floor: dual_step moves 3 vectors of N_P elements, 25 MB for Eq. 13, an estimated 5.2 us on an H200; the others a few KB, so
// the launch. One block does those that sum: R is some thousands at most.
#include "real.cuh"

constexpr int THREADS = 256;

// DualNumber of engine/Kernels/IDualKernels.cs.
enum Number
{
    TRACE,
    LARGEST,
    SHIFT,
    SMALLEST_PIVOT,
    MISS,
    MULTIPLIERS,
    TARGET,
    STEP,
    RESIDUAL,
    RIGHT
};

// Where element i of the order J k + j stands in the order j N + k.
__device__ __forceinline__ int stacked(int i, int stack, int samples)
{
    return i % stack * samples + i / stack;
}

// One block.
extern "C" __global__ void __launch_bounds__(THREADS)
    dual_prepare(double* s, const double* delta, double* numbers, int rows)
{
    __shared__ double maxima[THREADS];
    __shared__ double shared_shift;
    double sum = 0, largest = 0;
    for (int i = threadIdx.x; i < rows; i += THREADS)
    {
        const double element = s[(size_t)i * rows + i];
        sum += element;
        largest = greater(largest, element);
    }
    sum = block_sum(sum);
    largest = block_max(maxima, largest);
    if (threadIdx.x == 0)
    {
        shared_shift = *delta > 0 ? *delta * sum / rows : 0;
        numbers[TRACE] = sum;
        numbers[SHIFT] = shared_shift;
        numbers[LARGEST] = largest + shared_shift;
    }
    __syncthreads();
    if (shared_shift == 0) return;
    for (int i = threadIdx.x; i < rows; i += THREADS) s[(size_t)i * rows + i] += shared_shift;
}

extern "C" __global__ void __launch_bounds__(THREADS) dual_mirror(double* s, double* diagonal, int rows)
{
    const size_t count = (size_t)rows * rows;
    for (size_t i = first_element(); i < count; i += element_step())
    {
        const size_t row = i / rows, column = i % rows;
        if (row < column) s[column * rows + row] = s[i];
        else if (row == column) diagonal[row] = s[i];
    }
}

extern "C" __global__ void __launch_bounds__(THREADS) dual_diagonal(double* s, const double* diagonal, int rows)
{
    for (unsigned i = first_element(); i < unsigned(rows); i += element_step()) s[(size_t)i * rows + i] = diagonal[i];
}

// A b1 stands in real in either order; b2, where it is given, becomes the target.
extern "C" __global__ void __launch_bounds__(THREADS) dual_right(
    const real* product, int is_stacked, const real* b2, double eta, double* target, double* r, int stack, int samples)
{
    for (unsigned i = first_element(); i < unsigned(stack * samples); i += element_step())
    {
        const int place = stacked(i, stack, samples);
        const double wanted = b2 ? double(b2[i]) : target[place];
        target[place] = wanted;
        r[place] = double(product[is_stacked ? place : i]) - eta * wanted;
    }
}

// Lambda = (keeps ? Lambda : 0) + factor c, and factor c itself in real.
extern "C" __global__ void __launch_bounds__(THREADS) dual_split(
    const double* c, double factor, int keeps, double* lambda, real* multipliers, real* correction,
    int is_stacked, int stack, int samples)
{
    for (unsigned i = first_element(); i < unsigned(stack * samples); i += element_step())
    {
        const int place = stacked(i, stack, samples);
        const double change = factor * c[place];
        lambda[place] = keeps ? lambda[place] + change : change;
        correction[is_stacked ? place : i] = real(change);
        multipliers[i] = real(lambda[place]);
    }
}

extern "C" __global__ void __launch_bounds__(THREADS)
    dual_weigh(const double* weights, double factor, const double* x, double* y, int count)
{
    for (unsigned i = first_element(); i < unsigned(count); i += element_step())
    {
        y[i] = (weights ? factor * weights[i] : factor) * x[i];
    }
}

// partial [3][blocks].
extern "C" __global__ void __launch_bounds__(THREADS)
    dual_step(const real* b1, const real* p, double eta, real* dw, double* partial, int count)
{
    const real inverse = real(1 / eta), weight = real(eta);
    double step = 0, residual = 0, right = 0;
    for (unsigned i = first_element(); i < unsigned(count); i += element_step())
    {
        const real given = b1[i], pull = p[i];
        const real value = multiply_add(inverse, given, -inverse * pull);
        const double rest = double(multiply_add(-weight, value, given - pull));
        dw[i] = value;
        step = fma(double(value), double(value), step);
        residual = fma(rest, rest, residual);
        right = fma(double(given), double(given), right);
    }
    step = block_sum(step);
    residual = block_sum(residual);
    right = block_sum(right);
    if (threadIdx.x > 0) return;
    partial[blockIdx.x] = step;
    partial[gridDim.x + blockIdx.x] = residual;
    partial[2 * gridDim.x + blockIdx.x] = right;
}

// One block. The product A dw stands in the order J k + j. Without `factor` no pivot is looked for, and with parts = 0 there
// are no sums of dual_step.
extern "C" __global__ void __launch_bounds__(THREADS) dual_miss(
    const double* target, const real* product, const double* lambda, double eta, double* miss, const double* factor,
    const int* info, const double* partial, int parts, double* numbers, int stack, int samples)
{
    __shared__ double maxima[THREADS];
    const int rows = stack * samples;
    const double damping = numbers[SHIFT] / eta;
    double misses = 0, multipliers = 0, targets = 0, smallest = 0;
    for (int i = threadIdx.x; i < rows; i += THREADS)
    {
        const int place = stacked(i, stack, samples);
        const double wanted = target[place], multiplier = lambda[place];
        const double m = wanted - double(product[i]) + (damping > 0 ? damping * multiplier : 0);
        miss[place] = m;
        misses = fma(m, m, misses);
        multipliers = fma(multiplier, multiplier, multipliers);
        targets = fma(wanted, wanted, targets);
        const double pivot = factor ? factor[(size_t)i * rows + i] : 1;
        smallest = greater(smallest, 1 / (pivot * pivot));
    }
    misses = block_sum(misses);
    multipliers = block_sum(multipliers);
    targets = block_sum(targets);
    smallest = block_max(maxima, smallest);
    if (threadIdx.x == 0)
    {
        numbers[MISS] = misses;
        numbers[MULTIPLIERS] = multipliers;
        numbers[TARGET] = targets;
        if (factor) numbers[SMALLEST_PIVOT] = *info == 0 ? 1 / (smallest * numbers[LARGEST]) : 0;
    }
    for (int sum = 0; sum < 3 && parts > 0; ++sum)
    {
        const double value = block_sum_of(partial + sum * parts, parts);
        if (threadIdx.x == 0) numbers[STEP + sum] = value;
    }
}
