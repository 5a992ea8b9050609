// What a kernel text sees when the stand-in compiles it with g++: included before the unchanged text.
// It includes no system header and offers less than NVRTC does, so that a text which compiles here compiles there too.
#pragma once

#define __CUDACC__ 1
#define __CUDACC_RTC__ 1
#define __device__
#define __host__
#define __constant__
#define __device_builtin__
#define __cudart_builtin__
// kernel_text.cpp looks for the attribute's name to find the bound.
#define __launch_bounds__(threads, ...) __attribute__((__standin_bounds__((threads))))
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
// kernel_text.cpp looks for the attribute's name to find the kernels.
#define __global__ __attribute__((__standin_kernel__, noinline))
// Storage of the loaded image, of which each worker has a copy and runs one block at a time: so it is the block's.
// kernel.ld gathers it, which lets the stand-in refill and shadow it; kernel_text.cpp looks for the attribute's name and
// turns `extern __shared__ T name[];` into a name of the dynamic part below.
#define __shared__ static __attribute__((__standin_shared__))

asm(R"(
    .pushsection standin_state, "aw", @nobits
    .balign 4096
    .hidden __standin_dynamic_shared
    .globl __standin_dynamic_shared
__standin_dynamic_shared:
    .skip 232448
    .balign 64
    .hidden __standin_context
    .globl __standin_context
__standin_context:
    .skip 64
    .popsection
)");

using size_t = decltype(sizeof(0));

#define STANDIN_VECTOR(T, name, align2, align4)                                                          \
    struct name##1 { T x; };                                                                             \
    struct __attribute__((aligned(align2))) name##2 { T x, y; };                                         \
    struct name##3 { T x, y, z; };                                                                       \
    struct __attribute__((aligned(align4))) name##4 { T x, y, z, w; };                                   \
    static inline name##1 make_##name##1(T x) { return {x}; }                                            \
    static inline name##2 make_##name##2(T x, T y) { return {x, y}; }                                    \
    static inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; }                            \
    static inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
STANDIN_VECTOR(float, float, 8, 16)
STANDIN_VECTOR(double, double, 16, 16)
STANDIN_VECTOR(int, int, 8, 16)
STANDIN_VECTOR(unsigned, uint, 8, 16)
STANDIN_VECTOR(signed char, char, 2, 4)
STANDIN_VECTOR(unsigned char, uchar, 2, 4)
STANDIN_VECTOR(short, short, 4, 8)
STANDIN_VECTOR(unsigned short, ushort, 4, 8)
STANDIN_VECTOR(long long, longlong, 16, 16)
STANDIN_VECTOR(unsigned long long, ulonglong, 16, 16)
#undef STANDIN_VECTOR
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};

// Constant as far as one CUDA thread can tell, and declared so: the compiler keeps it in registers across stores and
// barriers, and check mode does not instrument it.
struct __standin_thread_context { uint3 thread, block, blockDim, gridDim; int lane; };
extern "C" const __standin_thread_context __standin_context __attribute__((visibility("hidden")));
#define threadIdx (__standin_context.thread)
#define blockIdx (__standin_context.block)
#define blockDim (__standin_context.blockDim)
#define gridDim (__standin_context.gridDim)
#define warpSize 32

typedef unsigned long long cudaGraphConditionalHandle;

extern "C" {
void cudaGraphSetConditional(cudaGraphConditionalHandle, unsigned);
int printf(const char*, ...);
void __standin_barrier(const char* file, int line);
int __standin_barrier_vote(int predicate, int op, const char* file, int line);
unsigned long long __standin_warp(unsigned mask, unsigned long long value, int source, int op, const char* file, int line);
void __standin_trap(const char* file, int line);
float __standin_atomic_f32(float*, float, float, int);
double __standin_atomic_f64(double*, double, double, int);
int __standin_atomic_i32(int*, int, int, int);
unsigned __standin_atomic_u32(unsigned*, unsigned, unsigned, int);
long long __standin_atomic_i64(long long*, long long, long long, int);
unsigned long long __standin_atomic_u64(unsigned long long*, unsigned long long, unsigned long long, int);
}

#define STANDIN_INLINE static inline __attribute__((always_inline))
// A barrier is known by the place where the text calls it: the compiler may copy or merge the calls themselves.
#define STANDIN_HERE const char* file = __builtin_FILE(), int line = __builtin_LINE()

// Barriers and fences.
STANDIN_INLINE void __syncthreads(STANDIN_HERE) { __standin_barrier(file, line); }
STANDIN_INLINE int __syncthreads_count(int p, STANDIN_HERE) { return __standin_barrier_vote(p, 1, file, line); }
STANDIN_INLINE int __syncthreads_and(int p, STANDIN_HERE) { return __standin_barrier_vote(p, 2, file, line); }
STANDIN_INLINE int __syncthreads_or(int p, STANDIN_HERE) { return __standin_barrier_vote(p, 3, file, line); }
STANDIN_INLINE void __threadfence() { __atomic_thread_fence(5); }
STANDIN_INLINE void __threadfence_block() { __atomic_thread_fence(5); }
STANDIN_INLINE void __threadfence_system() { __atomic_thread_fence(5); }
STANDIN_INLINE void __trap(STANDIN_HERE) { __standin_trap(file, line); }

// Warp operations.
template <class To, class From> STANDIN_INLINE To __standin_bits(From from) {
    static_assert(sizeof(From) <= 8 && sizeof(To) <= 8, "a shuffled value has at most 8 bytes");
    To to = To();
    __builtin_memcpy(&to, &from, sizeof(From) < sizeof(To) ? sizeof(From) : sizeof(To));
    return to;
}
template <class T> STANDIN_INLINE T __standin_shuffle(unsigned mask, T value, int source, const char* file, int line) {
    return __standin_bits<T>(__standin_warp(mask, __standin_bits<unsigned long long>(value), source, 1, file, line));
}
STANDIN_INLINE void __syncwarp(unsigned mask = 0xffffffffu, STANDIN_HERE) { __standin_warp(mask, 0, -1, 0, file, line); }
STANDIN_INLINE unsigned __ballot_sync(unsigned mask, int p, STANDIN_HERE) { return (unsigned)__standin_warp(mask, p != 0, -1, 2, file, line); }
STANDIN_INLINE int __any_sync(unsigned mask, int p, STANDIN_HERE) { return __standin_warp(mask, p != 0, -1, 2, file, line) != 0; }
STANDIN_INLINE int __all_sync(unsigned mask, int p, STANDIN_HERE) { return __standin_warp(mask, p == 0, -1, 2, file, line) == 0; }
template <class T> STANDIN_INLINE T __shfl_sync(unsigned mask, T value, int source, int width = 32, STANDIN_HERE) {
    const int lane = __standin_context.lane;
    return __standin_shuffle(mask, value, (lane & ~(width - 1)) + (source & (width - 1)), file, line);
}
template <class T> STANDIN_INLINE T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32, STANDIN_HERE) {
    const int lane = __standin_context.lane, source = lane ^ bits;
    return __standin_shuffle(mask, value, (source & ~(width - 1)) > (lane & ~(width - 1)) ? lane : source, file, line);
}
template <class T> STANDIN_INLINE T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, STANDIN_HERE) {
    const int lane = __standin_context.lane, source = lane + (int)delta;
    return __standin_shuffle(mask, value, source >= (lane & ~(width - 1)) + width ? lane : source, file, line);
}
template <class T> STANDIN_INLINE T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, STANDIN_HERE) {
    const int lane = __standin_context.lane, source = lane - (int)delta;
    return __standin_shuffle(mask, value, source < (lane & ~(width - 1)) ? lane : source, file, line);
}

// Atomics: the last argument is AtomicOp of device_runtime.cpp.
#define STANDIN_ATOMIC(T, name) STANDIN_INLINE T atomicAdd(T* p, T v) { return __standin_atomic_##name(p, v, v, 0); } \
    STANDIN_INLINE T atomicExch(T* p, T v) { return __standin_atomic_##name(p, v, v, 6); }
#define STANDIN_ATOMIC_INTEGER(T, name) STANDIN_ATOMIC(T, name)                                       \
    STANDIN_INLINE T atomicMin(T* p, T v) { return __standin_atomic_##name(p, v, v, 1); }             \
    STANDIN_INLINE T atomicMax(T* p, T v) { return __standin_atomic_##name(p, v, v, 2); }             \
    STANDIN_INLINE T atomicAnd(T* p, T v) { return __standin_atomic_##name(p, v, v, 3); }             \
    STANDIN_INLINE T atomicOr(T* p, T v) { return __standin_atomic_##name(p, v, v, 4); }              \
    STANDIN_INLINE T atomicXor(T* p, T v) { return __standin_atomic_##name(p, v, v, 5); }             \
    STANDIN_INLINE T atomicCAS(T* p, T c, T v) { return __standin_atomic_##name(p, v, c, 7); }
STANDIN_ATOMIC(float, f32)
STANDIN_INLINE double atomicAdd(double* p, double v) { return __standin_atomic_f64(p, v, v, 0); }
STANDIN_ATOMIC_INTEGER(int, i32)
STANDIN_ATOMIC_INTEGER(unsigned, u32)
STANDIN_ATOMIC_INTEGER(unsigned long long, u64)
STANDIN_INLINE long long atomicMin(long long* p, long long v) { return __standin_atomic_i64(p, v, v, 1); }
STANDIN_INLINE long long atomicMax(long long* p, long long v) { return __standin_atomic_i64(p, v, v, 2); }
STANDIN_INLINE int atomicSub(int* p, int v) { return __standin_atomic_i32(p, -v, 0, 0); }
STANDIN_INLINE unsigned atomicSub(unsigned* p, unsigned v) { return __standin_atomic_u32(p, 0u - v, 0, 0); }

// Mathematics. The float forms of the standard names are overloads, as in CUDA.
extern "C" {
#define STANDIN_MATH1(name) float name##f(float); double name(double);
#define STANDIN_MATH2(name) float name##f(float, float); double name(double, double);
STANDIN_MATH1(sqrt) STANDIN_MATH1(cbrt) STANDIN_MATH1(exp) STANDIN_MATH1(exp2) STANDIN_MATH1(expm1)
STANDIN_MATH1(log) STANDIN_MATH1(log2) STANDIN_MATH1(log10) STANDIN_MATH1(log1p) STANDIN_MATH1(logb)
STANDIN_MATH1(sin) STANDIN_MATH1(cos) STANDIN_MATH1(tan) STANDIN_MATH1(asin) STANDIN_MATH1(acos) STANDIN_MATH1(atan)
STANDIN_MATH1(sinh) STANDIN_MATH1(cosh) STANDIN_MATH1(tanh) STANDIN_MATH1(erf) STANDIN_MATH1(erfc)
STANDIN_MATH1(fabs) STANDIN_MATH1(floor) STANDIN_MATH1(ceil) STANDIN_MATH1(trunc) STANDIN_MATH1(round) STANDIN_MATH1(rint)
STANDIN_MATH2(pow) STANDIN_MATH2(fmod) STANDIN_MATH2(copysign) STANDIN_MATH2(hypot) STANDIN_MATH2(atan2) STANDIN_MATH2(fdim)
float fmaf(float, float, float); double fma(double, double, double);
float ldexpf(float, int); double ldexp(double, int);
float scalbnf(float, int); double scalbn(double, int);
float frexpf(float, int*); double frexp(double, int*);
int ilogbf(float); int ilogb(double);
}
#define STANDIN_OVERLOAD1(name) STANDIN_INLINE float name(float x) { return name##f(x); }
#define STANDIN_OVERLOAD2(name) STANDIN_INLINE float name(float x, float y) { return name##f(x, y); }
STANDIN_OVERLOAD1(sqrt) STANDIN_OVERLOAD1(exp) STANDIN_OVERLOAD1(log) STANDIN_OVERLOAD1(sin) STANDIN_OVERLOAD1(cos) STANDIN_OVERLOAD1(tanh)
STANDIN_OVERLOAD1(fabs) STANDIN_OVERLOAD1(floor) STANDIN_OVERLOAD1(ceil) STANDIN_OVERLOAD2(pow) STANDIN_OVERLOAD2(hypot)
STANDIN_OVERLOAD2(copysign)
STANDIN_INLINE float fma(float x, float y, float z) { return fmaf(x, y, z); }
STANDIN_INLINE float ldexp(float x, int n) { return ldexpf(x, n); }
STANDIN_INLINE float scalbn(float x, int n) { return scalbnf(x, n); }
// fmin and fmax ignore a NaN; inline, because ReLU and pooling live on them.
#define STANDIN_EXTREMA(T, suffix)                                                                              \
    STANDIN_INLINE T fmax##suffix(T a, T b) { return a != a ? b : a < b ? b : a; }                              \
    STANDIN_INLINE T fmin##suffix(T a, T b) { return a != a ? b : b < a ? b : a; }
STANDIN_EXTREMA(float, f)
STANDIN_EXTREMA(float, )
STANDIN_EXTREMA(double, )
#define STANDIN_CLASSIFY(T)                                                     \
    STANDIN_INLINE bool isnan(T x) { return __builtin_isnan(x); }               \
    STANDIN_INLINE bool isinf(T x) { return __builtin_isinf(x); }               \
    STANDIN_INLINE bool isfinite(T x) { return __builtin_isfinite(x); }         \
    STANDIN_INLINE bool signbit(T x) { return __builtin_signbit(x); }
STANDIN_CLASSIFY(float)
STANDIN_CLASSIFY(double)
STANDIN_INLINE float rsqrtf(float x) { return 1.0f / sqrtf(x); }
STANDIN_INLINE double rsqrt(double x) { return 1.0 / sqrt(x); }
STANDIN_INLINE float rsqrt(float x) { return rsqrtf(x); }
STANDIN_INLINE float __fdividef(float a, float b) { return a / b; }
STANDIN_INLINE float __expf(float x) { return expf(x); }
STANDIN_INLINE float __logf(float x) { return logf(x); }
STANDIN_INLINE float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
STANDIN_INLINE double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
// Not to be fused with a neighbour: the empty asm hides the result.
#define STANDIN_ROUNDED(name, T, op) STANDIN_INLINE T name(T a, T b) { T r = a op b; asm("" : "+x"(r)); return r; }
STANDIN_ROUNDED(__fadd_rn, float, +)
STANDIN_ROUNDED(__fmul_rn, float, *)
STANDIN_ROUNDED(__dadd_rn, double, +)
STANDIN_ROUNDED(__dmul_rn, double, *)
STANDIN_INLINE int __float_as_int(float x) { return __standin_bits<int>(x); }
STANDIN_INLINE unsigned __float_as_uint(float x) { return __standin_bits<unsigned>(x); }
STANDIN_INLINE float __int_as_float(int x) { return __standin_bits<float>(x); }
STANDIN_INLINE float __uint_as_float(unsigned x) { return __standin_bits<float>(x); }
STANDIN_INLINE long long __double_as_longlong(double x) { return __standin_bits<long long>(x); }
STANDIN_INLINE double __longlong_as_double(long long x) { return __standin_bits<double>(x); }
STANDIN_INLINE int __popc(unsigned x) { return __builtin_popcount(x); }
STANDIN_INLINE int __ffs(int x) { return __builtin_ffs(x); }
STANDIN_INLINE int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned)x); }
STANDIN_INLINE unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
#define STANDIN_MIN_MAX(T)                                             \
    STANDIN_INLINE T min(T a, T b) { return b < a ? b : a; }           \
    STANDIN_INLINE T max(T a, T b) { return a < b ? b : a; }
STANDIN_MIN_MAX(int)
STANDIN_MIN_MAX(unsigned)
STANDIN_MIN_MAX(long long)
STANDIN_MIN_MAX(unsigned long long)
STANDIN_INLINE float min(float a, float b) { return fminf(a, b); }
STANDIN_INLINE float max(float a, float b) { return fmaxf(a, b); }
STANDIN_INLINE double min(double a, double b) { return fmin(a, b); }
STANDIN_INLINE double max(double a, double b) { return fmax(a, b); }
STANDIN_INLINE int abs(int x) { return x < 0 ? -x : x; }
STANDIN_INLINE float abs(float x) { return fabsf(x); }
STANDIN_INLINE double abs(double x) { return fabs(x); }
template <class T> STANDIN_INLINE T __ldg(const T* p) { return *p; }

// The arguments of a launch come as pointers to their values: the compiler knows their types, so only the name of the
// kernel is needed (kernel_text.cpp adds a call for each).
template <class F> struct __standin_call;
template <class... A> struct __standin_call<void (*)(A...)> {
    template <int... I> struct indices {};
    template <int n, int... I> struct count_to : count_to<n - 1, n - 1, I...> {};
    template <int... I> struct count_to<0, I...> { typedef indices<I...> type; };
    template <int... I> STANDIN_INLINE void spread(void (*f)(A...), void** p, indices<I...>) { f(*(A*)p[I]...); }
    STANDIN_INLINE void run(void (*f)(A...), void** p) { spread(f, p, typename count_to<sizeof...(A)>::type()); }
    static constexpr int count = sizeof...(A);
    static constexpr int sizes[sizeof...(A) + 1] = {(int)sizeof(A)..., 0};
    static constexpr int bytes() {
        int sum = 0;
        for (int size : sizes) sum += (size + 7) / 8 * 8;
        return sum;
    }
};
