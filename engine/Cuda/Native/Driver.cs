using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PoseEngine.Cuda.Native;

/// <summary>
/// The entry points of the CUDA driver API that the engine uses, under the suffixed names that stay valid from CUDA 12 to
/// 13 and later. Every call returns a CUresult; <see cref="Check"/> turns anything but 0 into an exception.
/// </summary>
internal static unsafe partial class Driver
{
    /// <summary>CUDA_ERROR_NOT_READY: an answer, not a failure.</summary>
    public const int NotReady = 600;

    /// <summary>CUDA_ERROR_OUT_OF_MEMORY.</summary>
    public const int OutOfMemory = 2;

    private const string Library = CudaLibraries.Driver;

    /// <summary>Throws unless the result is 0.</summary>
    /// <exception cref="CudaException">The call failed; the message holds its text and the driver's words.</exception>
    public static void Check(int result, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result != 0) throw CudaException.OfDriver(result, call);
    }

    [LibraryImport(Library)]
    public static partial int cuInit(uint flags);

    [LibraryImport(Library)]
    public static partial int cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    public static partial int cuGetErrorName(int error, out byte* name);

    [LibraryImport(Library)]
    public static partial int cuGetErrorString(int error, out byte* text);

    [LibraryImport(Library)]
    public static partial int cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    public static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    public static partial int cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    public static partial int cuDeviceGetAttribute(out int value, DeviceAttribute attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    public static partial int cuDeviceTotalMem(out nuint bytes, int device);

    [LibraryImport(Library)]
    public static partial int cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    public static partial int cuDevicePrimaryCtxRelease(int device);

    [LibraryImport(Library)]
    public static partial int cuCtxSetCurrent(nint context);

    [LibraryImport(Library)]
    public static partial int cuCtxGetCurrent(out nint context);

    [LibraryImport(Library)]
    public static partial int cuCtxSynchronize();

    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    public static partial int cuMemGetInfo(out nuint free, out nuint total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    public static partial int cuMemAlloc(out ulong pointer, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    public static partial int cuMemFree(ulong pointer);

    [LibraryImport(Library)]
    public static partial int cuMemHostAlloc(out void* pointer, nuint bytes, HostMemory flags);

    [LibraryImport(Library)]
    public static partial int cuMemFreeHost(void* pointer);

    [LibraryImport(Library, EntryPoint = "cuMemHostGetDevicePointer_v2")]
    public static partial int cuMemHostGetDevicePointer(out ulong device, void* host, uint flags);

    [LibraryImport(Library, EntryPoint = "cuMemcpyHtoDAsync_v2")]
    public static partial int cuMemcpyHtoDAsync(ulong target, void* source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoHAsync_v2")]
    public static partial int cuMemcpyDtoHAsync(void* target, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoDAsync_v2")]
    public static partial int cuMemcpyDtoDAsync(ulong target, ulong source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    public static partial int cuMemsetD8Async(ulong target, byte value, nuint count, nint stream);

    [LibraryImport(Library)]
    public static partial int cuStreamCreate(out nint stream, StreamKind kind);

    [LibraryImport(Library, EntryPoint = "cuStreamDestroy_v2")]
    public static partial int cuStreamDestroy(nint stream);

    [LibraryImport(Library)]
    public static partial int cuStreamSynchronize(nint stream);

    [LibraryImport(Library)]
    public static partial int cuStreamWaitEvent(nint stream, nint @event, uint flags);

    [LibraryImport(Library)]
    public static partial int cuEventCreate(out nint @event, EventKind kind);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    public static partial int cuEventDestroy(nint @event);

    [LibraryImport(Library)]
    public static partial int cuEventRecord(nint @event, nint stream);

    [LibraryImport(Library)]
    public static partial int cuEventQuery(nint @event);

    [LibraryImport(Library)]
    public static partial int cuEventSynchronize(nint @event);

    [LibraryImport(Library)]
    public static partial int cuModuleLoadDataEx(out nint module, void* image, uint count, JitOption* options, void** values);

    [LibraryImport(Library)]
    public static partial int cuModuleUnload(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library)]
    public static partial int cuFuncGetAttribute(out int value, FunctionAttribute attribute, nint function);

    [LibraryImport(Library)]
    public static partial int cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        nint stream, void** arguments, void** extra);
}

/// <summary>CUdevice_attribute.</summary>
internal enum DeviceAttribute
{
    SharedPerBlock = 8,
    Multiprocessors = 16,
    CapabilityMajor = 75,
    CapabilityMinor = 76,
}

/// <summary>CUfunction_attribute.</summary>
internal enum FunctionAttribute
{
    StaticShared = 1,
}

/// <summary>CUjit_option.</summary>
internal enum JitOption
{
    ErrorLog = 5,
    ErrorLogBytes = 6,
}

/// <summary>CU_MEMHOSTALLOC flags.</summary>
[Flags]
internal enum HostMemory : uint
{
    Portable = 1,
    DeviceMapped = 2,
}

/// <summary>CUstream_flags.</summary>
internal enum StreamKind : uint
{
    Default = 0,
    NonBlocking = 1,
}

/// <summary>CUevent_flags.</summary>
internal enum EventKind : uint
{
    Timed = 0,
    Untimed = 2,
}
