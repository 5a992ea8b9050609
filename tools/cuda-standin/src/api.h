// The entry points that the stand-in exports, with the signatures of the CUDA 12 driver API, NVRTC, cuBLAS, cuSOLVER and
// NVTX, and the test hooks that no real library has. The self-test is compiled against this header alone.
#pragma once
#include <cstddef>
#include <cstdint>

namespace standin {
struct Context;
struct Event;
struct Graph;
struct GraphExec;
struct GraphNode;
struct Kernel;
struct Module;
struct Program;
struct BlasHandle;
struct SolverHandle;
struct Stream;
} // namespace standin

using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUcontext = standin::Context*;
using CUstream = standin::Stream*;
using CUevent = standin::Event*;
using CUmodule = standin::Module*;
using CUfunction = standin::Kernel*;
using CUgraph = standin::Graph*;
using CUgraphNode = standin::GraphNode*;
using CUgraphExec = standin::GraphExec*;
using CUgraphConditionalHandle = std::uint64_t;
using nvrtcProgram = standin::Program*;
using cublasHandle_t = standin::BlasHandle*;
using cusolverDnHandle_t = standin::SolverHandle*;

enum Result : int {
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    NotInitialized = 3,
    InvalidDevice = 101,
    InvalidImage = 200,
    InvalidContext = 201,
    NoBinaryForGpu = 209,
    InvalidHandle = 400,
    NotFound = 500,
    NotReady = 600,
    IllegalAddress = 700,
    LaunchOutOfResources = 701,
    ContextDestroyed = 709,
    MisalignedAddress = 716,
    LaunchFailed = 719,
    NotSupported = 801,
    CaptureUnsupported = 900,
    CaptureInvalidated = 901,
    CaptureMerge = 902,
    CaptureUnmatched = 903,
    CaptureUnjoined = 904,
    CaptureIsolation = 905,
    CaptureImplicit = 906,
    CapturedEvent = 907,
    CaptureWrongThread = 908,
};

enum CaptureMode : int { CaptureGlobal = 0, CaptureThreadLocal = 1, CaptureRelaxed = 2 };
enum CaptureStatus : int { CaptureNone = 0, CaptureActive = 1, CaptureBroken = 2 };

// CUgraphNodeParams: 256 bytes, a type and a union of which only the conditional node is used here.
enum GraphNodeType : int { ConditionalNode = 13 };
enum ConditionalType : int { ConditionalIf = 0, ConditionalWhile = 1 };
struct ConditionalParams {
    CUgraphConditionalHandle handle;
    int type;
    unsigned size;
    CUgraph* bodies;
    CUcontext context;
};
struct CUgraphNodeParams {
    int type;
    int reserved0[3];
    union {
        long long reserved1[29];
        ConditionalParams conditional;
    };
    long long reserved2;
};
static_assert(sizeof(CUgraphNodeParams) == 256);

#define API extern "C" __attribute__((visibility("default")))

// Device and context.
API CUresult cuInit(unsigned flags);
API CUresult cuDriverGetVersion(int* version);
API CUresult cuDeviceGetCount(int* count);
API CUresult cuDeviceGet(CUdevice* device, int ordinal);
API CUresult cuDeviceGetName(char* name, int length, CUdevice device);
API CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice device);
API CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device);
API CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device);
API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device);
API CUresult cuCtxSetCurrent(CUcontext context);
API CUresult cuCtxGetCurrent(CUcontext* context);
API CUresult cuCtxSynchronize();
API CUresult cuGetErrorName(CUresult error, const char** name);
API CUresult cuGetErrorString(CUresult error, const char** text);

// Memory.
API CUresult cuMemGetInfo_v2(size_t* free, size_t* total);
API CUresult cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes);
API CUresult cuMemFree_v2(CUdeviceptr pointer);
API CUresult cuMemHostAlloc(void** pointer, size_t bytes, unsigned flags);
API CUresult cuMemFreeHost(void* pointer);
API CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr* device, void* host, unsigned flags);
API CUresult cuMemcpyHtoD_v2(CUdeviceptr target, const void* source, size_t bytes);
API CUresult cuMemcpyDtoH_v2(void* target, CUdeviceptr source, size_t bytes);
API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void* source, size_t bytes, CUstream stream);
API CUresult cuMemcpyDtoHAsync_v2(void* target, CUdeviceptr source, size_t bytes, CUstream stream);
API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr target, CUdeviceptr source, size_t bytes, CUstream stream);
API CUresult cuMemsetD8Async(CUdeviceptr target, unsigned char value, size_t count, CUstream stream);
API CUresult cuMemsetD32Async(CUdeviceptr target, unsigned value, size_t count, CUstream stream);

// Streams and events.
API CUresult cuStreamCreate(CUstream* stream, unsigned flags);
API CUresult cuStreamDestroy_v2(CUstream stream);
API CUresult cuStreamSynchronize(CUstream stream);
API CUresult cuStreamQuery(CUstream stream);
API CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned flags);
API CUresult cuEventCreate(CUevent* event, unsigned flags);
API CUresult cuEventDestroy_v2(CUevent event);
API CUresult cuEventRecord(CUevent event, CUstream stream);
API CUresult cuEventQuery(CUevent event);
API CUresult cuEventSynchronize(CUevent event);
API CUresult cuEventElapsedTime(float* milliseconds, CUevent begin, CUevent end);

// Capture and graphs.
API CUresult cuStreamBeginCapture_v2(CUstream stream, int mode);
API CUresult cuStreamBeginCaptureToGraph(CUstream stream, CUgraph graph, const CUgraphNode* dependencies, const void* edges,
                                         size_t count, int mode);
API CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph);
API CUresult cuStreamGetCaptureInfo_v2(CUstream stream, int* status, std::uint64_t* id, CUgraph* graph,
                                       const CUgraphNode** dependencies, size_t* count);
API CUresult cuStreamUpdateCaptureDependencies(CUstream stream, CUgraphNode* dependencies, size_t count, unsigned flags);
API CUresult cuGraphCreate(CUgraph* graph, unsigned flags);
API CUresult cuGraphDestroy(CUgraph graph);
API CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode* nodes, size_t* count);
API CUresult cuGraphAddNode(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies, size_t count,
                            CUgraphNodeParams* parameters);
API CUresult cuGraphAddNode_v2(CUgraphNode* node, CUgraph graph, const CUgraphNode* dependencies, const void* edges, size_t count,
                               CUgraphNodeParams* parameters);
API CUresult cuGraphConditionalHandleCreate(CUgraphConditionalHandle* handle, CUgraph graph, CUcontext context,
                                            unsigned defaultValue, unsigned flags);
API CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long flags);
API CUresult cuGraphLaunch(CUgraphExec exec, CUstream stream);
API CUresult cuGraphExecDestroy(CUgraphExec exec);

// Modules and launches.
API CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned options, int* keys, void** values);
API CUresult cuModuleUnload(CUmodule module);
API CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name);
API CUresult cuFuncSetAttribute(CUfunction function, int attribute, int value);
API CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction function);
API CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                            unsigned blockZ, unsigned sharedBytes, CUstream stream, void** arguments, void** extra);

// NVRTC.
API int nvrtcVersion(int* major, int* minor);
API const char* nvrtcGetErrorString(int error);
API int nvrtcGetNumSupportedArchs(int* count);
API int nvrtcGetSupportedArchs(int* architectures);
API int nvrtcCreateProgram(nvrtcProgram* program, const char* source, const char* name, int headers,
                           const char* const* headerTexts, const char* const* headerNames);
API int nvrtcDestroyProgram(nvrtcProgram* program);
API int nvrtcCompileProgram(nvrtcProgram program, int count, const char* const* options);
API int nvrtcGetCUBINSize(nvrtcProgram program, size_t* bytes);
API int nvrtcGetCUBIN(nvrtcProgram program, char* image);
API int nvrtcGetPTXSize(nvrtcProgram program, size_t* bytes);
API int nvrtcGetPTX(nvrtcProgram program, char* image);
API int nvrtcGetProgramLogSize(nvrtcProgram program, size_t* bytes);
API int nvrtcGetProgramLog(nvrtcProgram program, char* text);

// cuBLAS.
API int cublasCreate_v2(cublasHandle_t* handle);
API int cublasDestroy_v2(cublasHandle_t handle);
API int cublasGetVersion_v2(cublasHandle_t handle, int* version);
API int cublasSetStream_v2(cublasHandle_t handle, CUstream stream);
API int cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, size_t bytes);
API int cublasSetMathMode(cublasHandle_t handle, int mode);
API int cublasSetPointerMode_v2(cublasHandle_t handle, int mode);
API int cublasSgemm_v2(cublasHandle_t handle, int transposeA, int transposeB, int m, int n, int k, const float* alpha,
                       const float* a, int lda, const float* b, int ldb, const float* beta, float* c, int ldc);
API int cublasDgemm_v2(cublasHandle_t handle, int transposeA, int transposeB, int m, int n, int k, const double* alpha,
                       const double* a, int lda, const double* b, int ldb, const double* beta, double* c, int ldc);
API const char* cublasGetStatusString(int status);

// cuSOLVER.
API int cusolverDnCreate(cusolverDnHandle_t* handle);
API int cusolverDnDestroy(cusolverDnHandle_t handle);
API int cusolverDnSetStream(cusolverDnHandle_t handle, CUstream stream);
API int cusolverDnSetDeterministicMode(cusolverDnHandle_t handle, int mode);
API int cusolverDnDpotrf_bufferSize(cusolverDnHandle_t handle, int uplo, int n, double* a, int lda, int* length);
API int cusolverDnDpotrf(cusolverDnHandle_t handle, int uplo, int n, double* a, int lda, double* workspace, int length, int* info);
API int cusolverDnDpotrs(cusolverDnHandle_t handle, int uplo, int n, int count, const double* a, int lda, double* b, int ldb,
                         int* info);
API int cusolverDnDsyevd_bufferSize(cusolverDnHandle_t handle, int vectors, int uplo, int n, const double* a, int lda,
                                    const double* values, int* length);
API int cusolverDnDsyevd(cusolverDnHandle_t handle, int vectors, int uplo, int n, double* a, int lda, double* values,
                         double* workspace, int length, int* info);

// NVTX.
API int nvtxRangePushA(const char* message);
API int nvtxRangePop();

// Test hooks, absent from every real library: README.md tells how to use them.
API int standinConfigure(const char* settings);
API int standinTakeReport(char* text, int capacity);
API void standinClearError();
constexpr int standinCounters = 9;
API void standinGetStats(long long* counters);
API int standinLaunches(char* text, int capacity);
