using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// <see cref="IGramKernels{T}"/> on CUDA: rows widened to float64, products by cuBLAS, see <c>kernels/gram.cu</c>.
/// </summary>
internal sealed unsafe class GramKernels<T>(CudaContext context) : IGramKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("gram.cu");

    public void Clear(Tensor<double> s)
    {
        context.MakeCurrent();
        Driver.Check(Driver.cuMemsetD8Async(s.DevicePointer(), 0, (nuint)s.Count * sizeof(double), context.Stream));
    }

    public void AddRows(Tensor<T> a, Tensor<double> s, bool isExact)
    {
        var rows = a.Shape[0];
        Guard.Equal(s.Count, (long)rows * rows, "the Gram matrix");
        Multiply(Widen("gram rows", a), rows, a.Count / rows, 1, s.DevicePointer());
    }

    public void AddDense(Tensor<T> d, Tensor<T> x, Tensor<double> s, bool isExact)
    {
        var (rows, samples) = (d.Shape[0], x.Shape[0]);
        Guard.Equal(s.Count, (long)rows * rows, "the Gram matrix");
        Guard.Equal(rows % samples, 0, "rows beyond whole samples");
        var inputs = Product("gram input products", Widen("gram rows", x), samples, x.Count / samples);
        var outputs = Product("gram output products", Widen("gram rows", d), rows, d.Count / rows);
        var arguments = new KernelArguments();
        arguments.Add(outputs);
        arguments.Add(inputs);
        arguments.Add(s.DevicePointer());
        arguments.Add(rows);
        arguments.Add(samples);
        Module["add_dense"].Launch(ElementLaunch.Over(s.Count), arguments);
    }

    public void AddRowDots(Tensor<T> d, Tensor<T> y, Tensor<T> result)
    {
        var (rows, samples) = IGramKernels<T>.CountRows(d, y, result);
        Module["add_row_dots"].Launch(ElementLaunch.Warps(rows), Arguments(d, y, result, rows, samples));
    }

    public void CombineRows(Tensor<T> d, Tensor<T> u, Tensor<T> y)
    {
        var (rows, samples) = IGramKernels<T>.CountRows(d, y, u);
        Module["combine_rows"].Launch(ElementLaunch.Over(y.Count), Arguments(d, u, y, rows, samples));
    }

    private static KernelArguments Arguments(Tensor<T> d, Tensor<T> read, Tensor<T> written, int rows, int samples)
    {
        var arguments = new KernelArguments();
        arguments.Add(d.DevicePointer());
        arguments.Add(read.DevicePointer());
        arguments.Add(written.DevicePointer());
        arguments.Add(rows);
        arguments.Add(samples);
        arguments.Add(d.Count / rows);
        return arguments;
    }

    private ulong Widen(string area, Tensor<T> a)
    {
        var wide = context.Scratch(area, (long)a.Count * sizeof(double));
        var arguments = new KernelArguments();
        arguments.Add(a.DevicePointer());
        arguments.Add(wide);
        arguments.Add(a.Count);
        Module["widen"].Launch(ElementLaunch.Over(a.Count), arguments);
        return wide;
    }

    private ulong Product(string area, ulong rows, int count, int length)
    {
        var product = context.Scratch(area, (long)count * count * sizeof(double));
        Multiply(rows, count, length, 0, product);
        return product;
    }

    /// <summary>s = a a^T + beta s; column-major, a is [length,count].</summary>
    private void Multiply(ulong a, int count, int length, double beta, ulong s)
        => MatrixProduct.Multiply<double>(
            context, MatrixOperation.Transpose, MatrixOperation.None, count, count, length, a, length, a, length, beta, s, count);
}
