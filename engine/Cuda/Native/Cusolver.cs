using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PoseEngine.Cuda.Native;

/// <summary>
/// The dense factorisations of cuSOLVER in float64, column-major: the calls that are the same in CUDA 12 and 13. None of them
/// may be made while a stream records.
/// </summary>
internal static unsafe partial class Cusolver
{
    /// <summary>CUSOLVER_STATUS_NOT_SUPPORTED.</summary>
    public const int NotSupported = 9;

    private const string Library = CudaLibraries.Cusolver;

    /// <summary>Throws unless the status is 0.</summary>
    /// <exception cref="CudaException">The call failed.</exception>
    public static void Check(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != 0) throw new CudaException(status, Name(status), call, "cuSOLVER tells no more");
    }

    [LibraryImport(Library)]
    public static partial int cusolverDnCreate(out nint handle);

    [LibraryImport(Library)]
    public static partial int cusolverDnDestroy(nint handle);

    [LibraryImport(Library)]
    public static partial int cusolverDnSetStream(nint handle, nint stream);

    /// <summary>Mode 1 is CUSOLVER_DETERMINISTIC_RESULTS. Older libraries do not have the call.</summary>
    [LibraryImport(Library)]
    public static partial int cusolverDnSetDeterministicMode(nint handle, int mode);

    [LibraryImport(Library)]
    public static partial int cusolverDnDpotrf_bufferSize(nint handle, FillMode fill, int n, ulong a, int lda, out int length);

    /// <summary>A = L L^T or U^T U in place; <c>info</c>, on the device, gets 0 or the first minor that is not positive.</summary>
    [LibraryImport(Library)]
    public static partial int cusolverDnDpotrf(
        nint handle, FillMode fill, int n, ulong a, int lda, ulong workspace, int length, ulong info);

    /// <summary>B := A^-1 B by the factor of potrf.</summary>
    [LibraryImport(Library)]
    public static partial int cusolverDnDpotrs(
        nint handle, FillMode fill, int n, int columns, ulong a, int lda, ulong b, int ldb, ulong info);

    [LibraryImport(Library)]
    public static partial int cusolverDnDsyevd_bufferSize(
        nint handle, EigenMode mode, FillMode fill, int n, ulong a, int lda, ulong values, out int length);

    /// <summary>Eigenvalues, ascending, and vectors in the columns of A.</summary>
    [LibraryImport(Library)]
    public static partial int cusolverDnDsyevd(
        nint handle, EigenMode mode, FillMode fill, int n, ulong a, int lda, ulong values, ulong workspace, int length, ulong info);

    /// <summary>cuSOLVER has no call that names its statuses.</summary>
    private static string Name(int status) => status switch
    {
        1 => "CUSOLVER_STATUS_NOT_INITIALIZED",
        2 => "CUSOLVER_STATUS_ALLOC_FAILED",
        3 => "CUSOLVER_STATUS_INVALID_VALUE",
        4 => "CUSOLVER_STATUS_ARCH_MISMATCH",
        5 => "CUSOLVER_STATUS_MAPPING_ERROR",
        6 => "CUSOLVER_STATUS_EXECUTION_FAILED",
        7 => "CUSOLVER_STATUS_INTERNAL_ERROR",
        8 => "CUSOLVER_STATUS_MATRIX_TYPE_NOT_SUPPORTED",
        NotSupported => "CUSOLVER_STATUS_NOT_SUPPORTED",
        _ => "an unknown status",
    };
}

/// <summary>cublasFillMode_t: the triangle of a symmetric matrix that counts.</summary>
internal enum FillMode
{
    Lower = 0,
    Upper = 1,
}

/// <summary>cusolverEigMode_t.</summary>
internal enum EigenMode
{
    ValuesOnly = 0,
    Vectors = 1,
}
