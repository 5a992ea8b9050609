using System.Runtime.InteropServices;

namespace PoseEngine.Cuda.Native;

/// <summary>Named ranges for Nsight; where the library is missing they cost one test.</summary>
internal static partial class Nvtx
{
    private const string Library = CudaLibraries.Nvtx;

    /// <summary>Whether a library with the entry points was found.</summary>
    public static bool IsAvailable { get; } = CudaLibraries.TryLoad(Library, out _);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int nvtxRangePushA(string message);

    [LibraryImport(Library)]
    public static partial int nvtxRangePop();
}
