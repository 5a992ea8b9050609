// Deliberately wrong kernels. broken_cases.cpp launches each and asserts what is found; the line of the defect carries a
// comment "defect", and a finding must name that line.

extern "C" __global__ void oob_write(float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) y[i] = 1.0f; // defect: < n
}

extern "C" __global__ void oob_read(const float* x, float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = x[i + 1]; // defect: one too far
}

extern "C" __global__ void oob_byte(unsigned char* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) y[i] = 1; // defect: one byte too far, within the last word
}

extern "C" __global__ void oob_before(float* y)
{
    y[(int)threadIdx.x - 1] = 1.0f; // defect: index -1
}

// Reads the upper neighbour of a reversed row: in forward order the value is not there yet.
extern "C" __global__ void missing_sync(const float* x, float* y)
{
    __shared__ float s[256];
    s[threadIdx.x] = x[threadIdx.x];
    y[threadIdx.x] = s[blockDim.x - 1 - threadIdx.x]; // defect: no barrier before
}

// Reads the lower neighbour: forward order happens to give the right values.
extern "C" __global__ void missing_sync_hidden(const float* x, float* y)
{
    __shared__ float s[256];
    s[threadIdx.x] = x[threadIdx.x];
    y[threadIdx.x] = threadIdx.x > 0 ? s[threadIdx.x - 1] : 0.0f; // defect: no barrier before
}

// The second pass overwrites what others still read.
extern "C" __global__ void missing_sync_after(const float* x, float* y)
{
    __shared__ float s[256];
    s[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    float v = s[(threadIdx.x + 37) % 256]; // defect: no barrier after
    s[threadIdx.x] = v;                    // defect
    __syncthreads();
    y[threadIdx.x] = s[threadIdx.x];
}

extern "C" __global__ void shared_overrun(float* y)
{
    __shared__ float a[64];
    __shared__ float b[64];
    a[threadIdx.x + 1] = 1.0f; // defect: a[64]
    b[threadIdx.x] = 2.0f;
    __syncthreads();
    y[threadIdx.x] = a[threadIdx.x] + b[threadIdx.x];
}

extern "C" __global__ void dynamic_overrun(float* y) // launched with 64 floats
{
    extern __shared__ float d[];
    d[threadIdx.x + 1] = 1.0f; // defect
    __syncthreads();
    y[threadIdx.x] = threadIdx.x == 0 ? 0.0f : d[threadIdx.x];
}

extern "C" __global__ void divergent_barrier(float* y)
{
    if (threadIdx.x < 32) {
        __syncthreads(); // defect
        y[threadIdx.x] = 1.0f;
    } else {
        y[threadIdx.x] = 2.0f;
        __syncthreads(); // defect
    }
}

extern "C" __global__ void unequal_barriers(float* y)
{
    y[threadIdx.x] = 1.0f;
    if (threadIdx.x < 32) __syncthreads(); // defect: the other warp meets a shuffle instead
    else if (threadIdx.x < 48) y[threadIdx.x] = __shfl_sync(0xffffffffu, 1.0f, 0); // defect
    else __syncthreads();
}

extern "C" __global__ void half_warp_shuffle(float* y)
{
    float v = threadIdx.x;
    if (threadIdx.x < 16) v = __shfl_xor_sync(0xffffffffu, v, 1); // defect: lanes 16 to 31 never come
    else __syncthreads();
    y[threadIdx.x] = v;
}

extern "C" __global__ void lane_not_in_mask(float* y)
{
    y[threadIdx.x] = __shfl_sync(0x0000ffffu, 1.0f, 0); // defect: lanes 16 to 31 are not named
}

extern "C" __global__ void uninitialised_global(const float* u, float* y)
{
    y[threadIdx.x] = u[threadIdx.x]; // defect: nobody wrote u
}

extern "C" __global__ void uninitialised_shared(float* y)
{
    __shared__ float s[64];
    if (threadIdx.x < 63) s[threadIdx.x] = 1.0f;
    __syncthreads();
    y[threadIdx.x] = s[threadIdx.x]; // defect: s[63]
}

extern "C" __global__ void block_race(float* y)
{
    if (threadIdx.x == 0) y[0] = (float)blockIdx.x; // defect: every block
}

extern "C" __global__ void block_read_race(float* y)
{
    y[blockIdx.x * blockDim.x + threadIdx.x] = 1.0f;                                         // defect: or this line
    float v = y[((blockIdx.x + 1) % gridDim.x) * blockDim.x + threadIdx.x];                  // defect: another block's
    if (v == 12345.0f) y[blockIdx.x * blockDim.x] = 0.0f;
}

extern "C" __global__ void thread_race(float* y)
{
    y[threadIdx.x / 2] = 1.0f; // defect: two threads write each word
}

extern "C" __global__ void byte_race(unsigned char* y)
{
    y[threadIdx.x / 2] = (unsigned char)threadIdx.x; // defect: two threads write each byte
}

extern "C" __global__ void use_after_free(float* y)
{
    y[threadIdx.x] = 1.0f; // defect: the host freed y
}

struct Record { float a, b, c; };

extern "C" __global__ void struct_tail(const Record* r, float* y, int n)
{
    int i = threadIdx.x;
    if (i < n) {
        Record v = r[i]; // defect: the last record is cut off
        y[i] = v.a + v.b + v.c;
    }
}

extern "C" __global__ void missing_syncwarp(float* y) // one warp
{
    __shared__ float s[32];
    s[threadIdx.x] = (float)threadIdx.x;
    y[threadIdx.x] = s[threadIdx.x ^ 1]; // defect: lanes do not run in lock step
}

extern "C" __global__ void host_pointer(const float* pageable, float* y)
{
    y[threadIdx.x] = pageable[threadIdx.x]; // defect: memory of the host
}

extern "C" __global__ void plain_beside_atomic(int* y)
{
    if (threadIdx.x == 0) y[0] = 7;  // defect: or the next line
    else atomicAdd(&y[0], 1);        // defect
}

extern "C" __global__ void divide_by_zero(int* y, int zero)
{
    y[threadIdx.x] = 7 / zero; // defect
}

extern "C" __global__ void deep_stack(float* y, int n)
{
    float a[40000];
    for (int i = 0; i < 40000; i++) a[i] = (float)(i + n); // defect: 160 KB of local memory
    y[threadIdx.x] = a[n] + a[n + 39000];
}

extern "C" __global__ void misaligned(const float* x, float4* y)
{
    y[threadIdx.x] = *(const float4*)(x + 1); // defect: no multiple of 16 bytes
}
