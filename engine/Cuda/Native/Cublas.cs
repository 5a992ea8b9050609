using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PoseEngine.Cuda.Native;

/// <summary>The matrix products of cuBLAS, column-major.</summary>
internal static unsafe partial class Cublas
{
    private const string Library = CudaLibraries.Cublas;

    /// <summary>Throws unless the status is 0.</summary>
    /// <exception cref="CudaException">The call failed.</exception>
    public static void Check(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status == 0) return;
        var text = Marshal.PtrToStringUTF8((nint)cublasGetStatusString(status)) ?? $"status {status}";
        throw new CudaException(status, text, call, text);
    }

    [LibraryImport(Library, EntryPoint = "cublasCreate_v2")]
    public static partial int cublasCreate(out nint handle);

    [LibraryImport(Library, EntryPoint = "cublasDestroy_v2")]
    public static partial int cublasDestroy(nint handle);

    [LibraryImport(Library)]
    public static partial byte* cublasGetStatusString(int status);

    [LibraryImport(Library, EntryPoint = "cublasSetStream_v2")]
    public static partial int cublasSetStream(nint handle, nint stream);

    [LibraryImport(Library, EntryPoint = "cublasSetWorkspace_v2")]
    public static partial int cublasSetWorkspace(nint handle, ulong workspace, nuint bytes);

    /// <summary>CUBLAS_DEFAULT_MATH: float32 products in float32.</summary>
    public const int DefaultMath = 0;

    /// <summary>CUBLAS_TF32_TENSOR_OP_MATH: factors of float32 products rounded to TF32.</summary>
    public const int Tf32Math = 3;

    [LibraryImport(Library)]
    public static partial int cublasSetMathMode(nint handle, int mode);

    [LibraryImport(Library, EntryPoint = "cublasSgemm_v2")]
    public static partial int cublasSgemm(
        nint handle, MatrixOperation a, MatrixOperation b, int m, int n, int k, float* alpha, ulong pa, int lda, ulong pb,
        int ldb, float* beta, ulong pc, int ldc);

    [LibraryImport(Library, EntryPoint = "cublasDgemm_v2")]
    public static partial int cublasDgemm(
        nint handle, MatrixOperation a, MatrixOperation b, int m, int n, int k, double* alpha, ulong pa, int lda, ulong pb,
        int ldb, double* beta, ulong pc, int ldc);
}

/// <summary>cublasOperation_t.</summary>
internal enum MatrixOperation
{
    None = 0,
    Transpose = 1,
}
