using System.Runtime.InteropServices;
using unsafe DoubleGemm = delegate* unmanaged[Cdecl]<int, int, int, int, int, int, double, double*, int, double*, int, double, double*, int, void>;
using unsafe SingleGemm = delegate* unmanaged[Cdecl]<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>OpenBLAS's matrix product as a peer to compare with, where the machine has it; nothing else uses it.</summary>
internal sealed unsafe class OpenBlas
{
    public const string Remedy = "apt install libopenblas0";

    private const int RowMajor = 101, AsIs = 111, Transposed = 112;
    private static readonly string[] Names = ["libopenblas.so.0", "libopenblas.so", "libopenblas.dll", "libopenblas.dylib"];

    private readonly SingleGemm _single;
    private readonly DoubleGemm _double;

    private OpenBlas(nint library, int threads)
    {
        _single = (SingleGemm)NativeLibrary.GetExport(library, "cblas_sgemm");
        _double = (DoubleGemm)NativeLibrary.GetExport(library, "cblas_dgemm");
        ((delegate* unmanaged[Cdecl]<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads"))(threads);
        Build = OpenBlasBuild.Of(Text(library, "openblas_get_config"), Text(library, "openblas_get_corename"));
    }

    public OpenBlasBuild Build { get; }

    /// <summary>The library set to a number of threads, or null where it is not installed.</summary>
    public static OpenBlas? TryLoad(int threads)
    {
        foreach (var name in Names)
        {
            if (!NativeLibrary.TryLoad(name, out var library)) continue;
            try
            {
                return new OpenBlas(library, threads);
            }
            catch (EntryPointNotFoundException)
            {
                // A build without the C interface is of no use.
                NativeLibrary.Free(library);
            }
        }
        return null;
    }

    private static string Text(nint library, string function)
        => Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(library, function))()) ?? "";

    /// <summary>c = op(a) op(b) for row-major matrices: op(a) is [m,k], op(b) [k,n], c [m,n].</summary>
    public void Multiply<T>(int m, int n, int k, ReadOnlySpan<T> a, bool transposeA, ReadOnlySpan<T> b, bool transposeB, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (opA, opB) = (transposeA ? Transposed : AsIs, transposeB ? Transposed : AsIs);
        var (strideA, strideB) = (transposeA ? m : k, transposeB ? k : n);
        fixed (T* pa = a, pb = b, pc = c)
        {
            if (typeof(T) == typeof(float)) _single(RowMajor, opA, opB, m, n, k, 1, (float*)pa, strideA, (float*)pb, strideB, 0, (float*)pc, n);
            else _double(RowMajor, opA, opB, m, n, k, 1, (double*)pa, strideA, (double*)pb, strideB, 0, (double*)pc, n);
        }
    }
}
