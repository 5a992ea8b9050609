// Correct kernels that use what the engine's kernels use. good_cases.cpp asserts their results and that nothing is found.

extern "C" __global__ void saxpy(int n, float a, const float* x, float* y)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) y[i] += a * x[i];
}

// Sums by shuffles and one barrier; one partial sum a block.
extern "C" __global__ void __launch_bounds__(256) reduce_shuffle(const float* x, double* partial, int n)
{
    __shared__ double warps[8];
    double sum = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) sum += x[i];
    for (int offset = 16; offset > 0; offset >>= 1) sum += __shfl_down_sync(0xffffffffu, sum, offset);
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x == 0) {
        double total = 0;
        for (int w = 0; w < 8; w++) total += warps[w];
        partial[blockIdx.x] = total;
    }
}

extern "C" __global__ void reduce_dynamic(const float* x, float* partial)
{
    extern __shared__ float values[];
    values[threadIdx.x] = x[blockIdx.x * blockDim.x + threadIdx.x];
    __syncthreads();
    for (int half = blockDim.x / 2; half > 0; half >>= 1) {
        if (threadIdx.x < half) values[threadIdx.x] += values[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0) partial[blockIdx.x] = values[0];
}

#define TILE 16
extern "C" __global__ void gemm_tiled(int m, int n, int k, const float* a, const float* b, float* c)
{
    __shared__ float sa[TILE][TILE], sb[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y, column = blockIdx.x * TILE + threadIdx.x;
    float sum = 0;
    for (int t = 0; t < k; t += TILE) {
        sa[threadIdx.y][threadIdx.x] = row < m && t + threadIdx.x < k ? a[row * k + t + threadIdx.x] : 0.0f;
        sb[threadIdx.y][threadIdx.x] = t + threadIdx.y < k && column < n ? b[(t + threadIdx.y) * n + column] : 0.0f;
        __syncthreads();
        for (int i = 0; i < TILE; i++) sum += sa[threadIdx.y][i] * sb[i][threadIdx.x];
        __syncthreads();
    }
    if (row < m && column < n) c[row * n + column] = sum;
}

// One byte a thread: neighbours write the bytes of one word.
extern "C" __global__ void bytes(const unsigned char* x, unsigned char* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = (unsigned char)(255 - x[i]);
}

extern "C" __global__ void byte_neighbours(unsigned char* y) // 64 threads
{
    __shared__ unsigned char s[64];
    s[threadIdx.x] = (unsigned char)threadIdx.x;
    __syncthreads();
    y[threadIdx.x] = s[63 - threadIdx.x];
}

extern "C" __global__ void wide(const float4* x, float4* y)
{
    float4 v = x[threadIdx.x];
    y[threadIdx.x] = make_float4(v.w, v.z, v.y, v.x);
}

extern "C" __global__ void votes(unsigned* y)
{
    unsigned odd = __ballot_sync(0xffffffffu, threadIdx.x & 1);
    int later = __shfl_down_sync(0xffffffffu, (int)threadIdx.x, 4);
    int up = __shfl_up_sync(0xffffffffu, (int)threadIdx.x, 1);
    double all = __shfl_sync(0xffffffffu, 0.5 * threadIdx.x, 2);
    y[threadIdx.x] = odd ^ (unsigned)(later + up + (int)(2 * all)) ^ (__any_sync(0xffffffffu, threadIdx.x == 3) ? 1u << 30 : 0u);
}

// Lanes exchange through shared memory with __syncwarp, half a warp each.
extern "C" __global__ void warp_exchange(float* y)
{
    __shared__ float s[32];
    unsigned half = threadIdx.x < 16 ? 0x0000ffffu : 0xffff0000u;
    s[threadIdx.x] = (float)threadIdx.x;
    __syncwarp(half);
    y[threadIdx.x] = s[threadIdx.x ^ 1];
}

// All lanes read a word, then one of them reads and changes it: ordered by __syncwarp.
extern "C" __global__ void warp_turns(float* y)
{
    __shared__ float s;
    if (threadIdx.x == 0) s = 1.0f;
    __syncwarp();
    float seen = s;
    __syncwarp();
    if (threadIdx.x == 3) s = s + 1.0f;
    __syncwarp();
    y[threadIdx.x] = seen + s;
}

extern "C" __global__ void early_exit(float* y, int n)
{
    if (threadIdx.x >= n) return;
    __shared__ float s;
    if (threadIdx.x == 0) s = 3.0f;
    __syncthreads();
    y[threadIdx.x] = s;
}

extern "C" __global__ void counting(int* y, int* histogram)
{
    int odd = __syncthreads_count(threadIdx.x & 1);
    int any = __syncthreads_or(threadIdx.x == 5);
    int all = __syncthreads_and(threadIdx.x < 1000);
    atomicAdd(&histogram[threadIdx.x % 4], 1);
    if (threadIdx.x == 0) { y[0] = odd; y[1] = any; y[2] = all; }
}

template <int N> __device__ float block_sum(float v)
{
    __shared__ float t[N];
    t[threadIdx.x] = v;
    __syncthreads();
    for (int s = N / 2; s > 0; s >>= 1) {
        if (threadIdx.x < s) t[threadIdx.x] += t[threadIdx.x + s];
        __syncthreads();
    }
    return t[0];
}

// Shared memory of an inline function and of the kernel that calls it.
__device__ inline float first_of_block(float v)
{
    __shared__ float f;
    if (threadIdx.x == 0) f = v;
    __syncthreads();
    return f;
}

extern "C" __global__ void inline_shared(float* y)
{
    __shared__ float own[64];
    own[threadIdx.x] = first_of_block(threadIdx.x + 0.5f);
    __syncthreads();
    y[threadIdx.x] = own[63 - threadIdx.x];
}

#define MAKE_KERNEL(NAME, N) extern "C" __global__ void NAME(float* y) { y[threadIdx.x] = block_sum<N>((float)threadIdx.x); }
MAKE_KERNEL(template_sum_64, 64)
MAKE_KERNEL(template_sum_128, 128)

struct Shape { int n; float scale; double offset; short tag; };
extern "C" __global__ void by_value(Shape s, float* y) { y[threadIdx.x] = s.scale * (float)threadIdx.x + (float)s.offset + s.n + s.tag; }

__constant__ float table[4] = {1.0f, 10.0f, 100.0f, 1000.0f};
extern "C" __global__ void constants(float* y) { y[threadIdx.x] = table[threadIdx.x % 4]; }

extern "C" __global__ void mathematics(const double* x, double* y)
{
    double v = x[0];
    float f = (float)v;
    y[0] = ldexp(v, ilogb(v)) + scalbn(1.0, 3);
    y[1] = copysign(hypot(v, 2.0 * v), -1.0);
    y[2] = fmax(fmin(v, 1.0), -1.0);
    y[3] = rsqrt(v) + rsqrtf(f);
    y[4] = isnan(v) || isinf(v) || !isfinite(v) ? 1.0 : 0.0;
    y[5] = __longlong_as_double(__double_as_longlong(v) + 1) > v ? 1.0 : 0.0;
    y[6] = fmax(v, __longlong_as_double(0x7ff8000000000000ll));
    y[7] = fma(v, v, v) + (double)fmaxf(f, 0.0f) + (double)sqrtf(f) + fabs(v);
    y[8] = (double)__ldg(x);
    y[9] = (double)*(volatile const double*)x;
}

extern "C" __global__ void large_frame(float* y, int n)
{
    float a[2000];
    for (int i = 0; i < 2000; i++) a[i] = (float)(i * n);
    y[threadIdx.x] = a[threadIdx.x + n];
}

// Wide counters of 64 bits.
extern "C" __global__ void long_atomics(unsigned long long* y)
{
    atomicAdd(&y[0], (unsigned long long)threadIdx.x);
    atomicMax(&y[1], (unsigned long long)threadIdx.x);
    atomicCAS(&y[2], 5ull, 7ull);
}
