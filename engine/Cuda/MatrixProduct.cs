using System.Numerics;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>
/// Matrix products of the engine's number types by cuBLAS, which is column-major and so sees every matrix here transposed.
/// </summary>
internal static unsafe class MatrixProduct
{
    /// <summary>C = op(A) op(B) + beta C, column-major: C is m x n, the sums have k terms. All products of the device go through here.</summary>
    /// <exception cref="CudaException">cuBLAS refuses.</exception>
    public static void Multiply<T>(
        CudaContext context, MatrixOperation opA, MatrixOperation opB, int m, int n, int k, ulong a, int lda, ulong b, int ldb,
        double beta, ulong c, int ldc)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (m == 0 || n == 0) return;
        context.MakeCurrent();
        if (typeof(T) == typeof(float))
        {
            var (one, scale) = (1f, (float)beta);
            Launched(context, Cublas.cublasSgemm(context.Blas, opA, opB, m, n, k, &one, a, lda, b, ldb, &scale, c, ldc), "cublasSgemm");
        }
        else
        {
            var one = 1.0;
            Launched(context, Cublas.cublasDgemm(context.Blas, opA, opB, m, n, k, &one, a, lda, b, ldb, &beta, c, ldc), "cublasDgemm");
        }
    }

    private static void Launched(CudaContext context, int status, string name)
    {
        Cublas.Check(status, name);
        if (!context.IsCapturing) context.Launches.Add(name);
        context.Counter.Launch();
    }
}
