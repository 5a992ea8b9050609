using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// <see cref="IDenseKernels{T}"/> on CUDA: products by cuBLAS, biases by <c>kernels/dense.cu</c>.
/// </summary>
internal sealed class DenseKernels<T>(CudaContext context) : IDenseKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("dense.cu");

    public void Forward(Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
    {
        var sizes = new Sizes(x, weight, bias, y);
        RepeatRow(bias, y);
        AddProduct(sizes, x.DevicePointer(), weight.DevicePointer(), y.DevicePointer());
    }

    public void Rop(Tensor<T> x, Tensor<T> weight, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy)
    {
        var sizes = new Sizes(x, dWeight, dBias, dy);
        Guard.Equal(weight.Count, dWeight.Count, "dense weight");
        if (!dx.IsAbsent) Guard.Equal(dx.Count, x.Count, "dense input direction");
        RepeatRow(dBias, dy);
        AddProduct(sizes, x.DevicePointer(), dWeight.DevicePointer(), dy.DevicePointer());
        if (!dx.IsAbsent) AddProduct(sizes, dx.DevicePointer(), weight.DevicePointer(), dy.DevicePointer());
    }

    public void Lop(Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias)
    {
        var sizes = new Sizes(x, uWeight, uBias, u);
        Guard.Equal(weight.Count, uWeight.Count, "dense weight");
        if (!ux.IsAbsent) Guard.Equal(ux.Count, x.Count, "dense input adjoint");
        SumRows(sizes, u, uBias);

        // uW^T = x^T u, column-major [in,out]
        MatrixProduct.Multiply<T>(
            context, MatrixOperation.None, MatrixOperation.Transpose, sizes.Inputs, sizes.Outputs, sizes.Samples,
            x.DevicePointer(), sizes.Inputs, u.DevicePointer(), sizes.Outputs, 0, uWeight.DevicePointer(), sizes.Inputs);
        if (!ux.IsAbsent) LopInput(weight, u, ux);
    }

    public void LopInput(Tensor<T> weight, Tensor<T> u, Tensor<T> ux)
    {
        var (outputs, inputs) = (weight.Shape[0], weight.Shape[1]);
        var rows = u.Count / outputs;
        Guard.Equal(u.Count, (long)rows * outputs, "dense output adjoint");
        Guard.Equal(ux.Count, (long)rows * inputs, "dense input adjoint");

        // ux^T = W^T u^T, column-major [in,N]
        MatrixProduct.Multiply<T>(
            context, MatrixOperation.None, MatrixOperation.None, inputs, rows, outputs, weight.DevicePointer(), inputs,
            u.DevicePointer(), outputs, 0, ux.DevicePointer(), inputs);
    }

    private void RepeatRow(Tensor<T> row, Tensor<T> y)
    {
        var arguments = new KernelArguments();
        arguments.Add(row.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(row.Count);
        arguments.Add(y.Count);
        Module["repeat_row"].Launch(ElementLaunch.Over(y.Count), arguments);
    }

    private void SumRows(in Sizes sizes, Tensor<T> u, Tensor<T> sums)
    {
        var arguments = new KernelArguments();
        arguments.Add(u.DevicePointer());
        arguments.Add(sums.DevicePointer());
        arguments.Add(sizes.Samples);
        arguments.Add(sizes.Outputs);
        Module["column_sums"].Launch(LaunchShape.ColumnSums(sizes.Outputs), arguments);
    }

    /// <summary>y = y + x W^T, that is y^T = y^T + W x^T, column-major [out,N].</summary>
    private void AddProduct(in Sizes sizes, ulong x, ulong weight, ulong y)
        => MatrixProduct.Multiply<T>(
            context, MatrixOperation.Transpose, MatrixOperation.None, sizes.Outputs, sizes.Samples, sizes.Inputs, weight, sizes.Inputs,
            x, sizes.Inputs, 1, y, sizes.Outputs);

    private readonly struct Sizes
    {
        public Sizes(Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
        {
            (Samples, Outputs, Inputs) = (x.Shape[0], weight.Shape[0], weight.Shape[1]);
            Guard.Equal(x.Count, (long)Samples * Inputs, "dense input");
            Guard.Equal(bias.Count, Outputs, "dense bias");
            Guard.Equal(y.Count, (long)Samples * Outputs, "dense output");
        }

        public int Samples { get; }

        public int Outputs { get; }

        public int Inputs { get; }
    }
}
