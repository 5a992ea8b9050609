using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// <see cref="IVectorKernels{T}"/> on CUDA, see <c>kernels/vectors.cu</c>. Reductions leave their result on the device;
/// those that return a number wait for it.
/// </summary>
internal sealed class VectorKernels<T>(CudaContext context) : IVectorKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Blocks of a reduction's first stage, at most.</summary>
    private const int MostParts = 512;

    /// <summary>
    /// Elements that one block reduces in one launch: at 8 packs a thread it takes about as long as the second launch that it
    /// saves. The residual of 128 poses and all constraint rows are below.
    /// </summary>
    internal const int MostInOneBlock = 8192;

    private CudaModule? _module;
    private CudaStorage<double>? _result;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("vectors.cu");

    /// <summary>Partial results of the branch that the reduction runs on.</summary>
    private ulong Parts => context.Scratch("vector parts", MostParts * sizeof(double));

    private CudaStorage<double> Result => _result ??= new CudaStorage<double>(context, 1);

    public void Fill(Tensor<T> x, T value)
    {
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.AddReal(value);
        arguments.Add(x.Count);
        Module["vector_fill"].Launch(ElementLaunch.Over(x.Count), arguments);
    }

    public unsafe void Copy(Tensor<T> x, Tensor<T> y)
    {
        Guard.Equal(y.Count, x.Count, "a vector copy");
        if (x.Count == 0) return;
        context.MakeCurrent();
        Driver.Check(Driver.cuMemcpyDtoDAsync(
            y.DevicePointer(), x.DevicePointer(), (nuint)x.Count * (nuint)sizeof(T), context.Stream));
    }

    public void Scale(double a, Tensor<T> x, Tensor<T> y) => Scaled("vector_scale", a, x, y);

    public void Axpy(double a, Tensor<T> x, Tensor<T> y) => Scaled("vector_axpy", a, x, y);

    public void Axpy(Tensor<double> a, Tensor<T> x, Tensor<T> y)
    {
        Guard.Positive(a.Count, "the factor of an axpy");
        CheckCounts(x, y);
        var arguments = new KernelArguments();
        arguments.Add(a);
        arguments.Add(x);
        arguments.Add(y);
        arguments.Add(x.Count);
        Module["vector_axpy_by"].Launch(ElementLaunch.Over(x.Count), arguments);
    }

    public void Combine(double a, Tensor<T> x, double b, Tensor<T> y, Tensor<T> z)
    {
        CheckCounts(x, y);
        CheckCounts(x, z);
        var arguments = new KernelArguments();
        arguments.AddReal(T.CreateTruncating(a));
        arguments.Add(x.DevicePointer());
        arguments.AddReal(T.CreateTruncating(b));
        arguments.Add(y.DevicePointer());
        arguments.Add(z.DevicePointer());
        arguments.Add(x.Count);
        Module["vector_combine"].Launch(ElementLaunch.Over(x.Count), arguments);
    }

    public void Multiply(Tensor<T> x, Tensor<T> y, Tensor<T> z)
    {
        CheckCounts(x, y);
        CheckCounts(x, z);
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(z.DevicePointer());
        arguments.Add(x.Count);
        Module["vector_multiply"].Launch(ElementLaunch.Over(x.Count), arguments);
    }

    public double Dot(Tensor<T> x, Tensor<T> y)
    {
        DotOnDevice(x, y, Result.Pointer);
        return Read();
    }

    public void Dot(Tensor<T> x, Tensor<T> y, Tensor<double> result)
    {
        Guard.Positive(result.Count, "the result of a dot product");
        DotOnDevice(x, y, result.DevicePointer());
    }

    public double Norm(Tensor<T> x) => Math.Sqrt(Dot(x, x));

    public double MaxAbs(Tensor<T> x)
    {
        var parts = PartsOf(x.Count);
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(parts == 1 ? Result.Pointer : Parts);
        arguments.Add(x.Count);
        Module["vector_max_abs"].Launch(new LaunchShape(parts, 1, 1, ElementLaunch.Threads), arguments);
        if (parts > 1) Reduce("vector_max_parts", parts, Result.Pointer);
        return Read();
    }

    private static void CheckCounts(Tensor<T> x, Tensor<T> y) => Guard.Equal(y.Count, x.Count, "an elementwise operation");

    /// <summary>A kernel of a factor, a vector and the vector that it changes.</summary>
    private void Scaled(string kernel, double a, Tensor<T> x, Tensor<T> y)
    {
        CheckCounts(x, y);
        var arguments = new KernelArguments();
        arguments.AddReal(T.CreateTruncating(a));
        arguments.Add(x.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(x.Count);
        Module[kernel].Launch(ElementLaunch.Over(x.Count), arguments);
    }

    private void DotOnDevice(Tensor<T> x, Tensor<T> y, ulong result)
    {
        Guard.Equal(y.Count, x.Count, "a dot product");
        var parts = PartsOf(x.Count);
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(parts == 1 ? result : Parts);
        arguments.Add(x.Count);
        Module["vector_dot"].Launch(new LaunchShape(parts, 1, 1, ElementLaunch.Threads), arguments);
        if (parts > 1) Reduce("vector_sum_parts", parts, result);
    }

    /// <summary>Blocks of a reduction; one also for no elements, so that it leaves a result.</summary>
    private static int PartsOf(int count) => count <= MostInOneBlock ? 1 : ElementLaunch.ReductionBlocks(count, MostParts);

    private void Reduce(string kernel, int parts, ulong result)
    {
        var arguments = new KernelArguments();
        arguments.Add(Parts);
        arguments.Add(result);
        arguments.Add(parts);
        Module[kernel].Launch(new LaunchShape(1, 1, 1, ElementLaunch.Threads), arguments);
    }

    private double Read()
    {
        var value = 0.0;
        Result.Read(0, new Span<double>(ref value));
        return value;
    }
}
