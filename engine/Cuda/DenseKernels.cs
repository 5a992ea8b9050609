using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// <see cref="IDenseKernels{T}"/> and <see cref="IDenseReluKernels{T}"/> on CUDA: products by cuBLAS, biases and gates by
/// <c>kernels/dense.cu</c>.
/// </summary>
internal sealed class DenseKernels<T>(CudaContext context) : IDenseKernels<T>, IDenseReluKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("dense.cu");

    public void Forward(Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
    {
        var sizes = new Sizes(x, weight, bias, y);
        Product(sizes, x, weight, y, add: false);
        AddRow("add_bias", bias, y);
    }

    public void Forward(Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y, Tensor<byte> open)
    {
        var sizes = new Sizes(x, weight, bias, y, open);
        Product(sizes, x, weight, y, add: false);
        AddRow("add_bias_relu", bias, y, open);
    }

    public void Rop(Tensor<T> x, Tensor<T> weight, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy)
    {
        Products(new Sizes(x, dWeight, dBias, dy), x, weight, dx, dWeight, dy);
        AddRow("add_bias", dBias, dy);
    }

    public void Rop(
        Tensor<T> x, Tensor<T> weight, Tensor<byte> open, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy)
    {
        Products(new Sizes(x, dWeight, dBias, dy, open), x, weight, dx, dWeight, dy);
        AddRow("add_bias_gate", dBias, dy, open);
    }

    public void Lop(Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias)
        => Adjoints(new Sizes(x, uWeight, uBias, u), "column_sums", default, x, weight, u, ux, uWeight, uBias);

    public void Lop(
        Tensor<T> x, Tensor<T> weight, Tensor<byte> open, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias)
        => Adjoints(new Sizes(x, uWeight, uBias, u, open), "gate_column_sums", open, x, weight, u, ux, uWeight, uBias);

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

    public void Gate(Tensor<byte> open, Tensor<T> u)
    {
        Guard.Positive(open.Count, "dense gates");
        Guard.Equal(u.Count % open.Count, 0, "adjoints beyond whole batches");
        var arguments = new KernelArguments();
        arguments.Add(open.DevicePointer());
        arguments.Add(u.DevicePointer());
        arguments.Add(open.Count);
        arguments.Add(u.Count);
        Module["gate_stack"].Launch(ElementLaunch.Over(u.Count), arguments);
    }

    /// <summary>dy = x dW^T + dx W^T.</summary>
    private void Products(in Sizes sizes, Tensor<T> x, Tensor<T> weight, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dy)
    {
        Guard.Equal(weight.Count, dWeight.Count, "dense weight");
        if (!dx.IsAbsent) Guard.Equal(dx.Count, x.Count, "dense input direction");
        Product(sizes, x, dWeight, dy, add: false);
        if (!dx.IsAbsent) Product(sizes, dx, weight, dy, add: true);
    }

    /// <summary>y = x W^T, or y + x W^T; that is y^T = W x^T, column-major [out,N].</summary>
    private void Product(in Sizes sizes, Tensor<T> x, Tensor<T> weight, Tensor<T> y, bool add)
        => MatrixProduct.Multiply<T>(
            context, MatrixOperation.Transpose, MatrixOperation.None, sizes.Outputs, sizes.Samples, sizes.Inputs,
            weight.DevicePointer(), sizes.Inputs, x.DevicePointer(), sizes.Inputs, add ? 1 : 0, y.DevicePointer(), sizes.Outputs);

    /// <summary>The sums of u's columns by a kernel that may gate u before, then the products with it.</summary>
    private void Adjoints(
        in Sizes sizes, string columnSums, Tensor<byte> open, Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux,
        Tensor<T> uWeight, Tensor<T> uBias)
    {
        Guard.Equal(weight.Count, uWeight.Count, "dense weight");
        if (!ux.IsAbsent) Guard.Equal(ux.Count, x.Count, "dense input adjoint");
        var arguments = new KernelArguments();
        arguments.Add(u.DevicePointer());
        arguments.Add(uBias.DevicePointer());
        arguments.Add(sizes.Samples);
        arguments.Add(sizes.Outputs);
        if (!open.IsAbsent) arguments.Add(open.DevicePointer());
        Module[columnSums].Launch(LaunchShape.ColumnSums(sizes.Outputs), arguments);

        // uW^T = x^T u, column-major [in,out]
        MatrixProduct.Multiply<T>(
            context, MatrixOperation.None, MatrixOperation.Transpose, sizes.Inputs, sizes.Outputs, sizes.Samples,
            x.DevicePointer(), sizes.Inputs, u.DevicePointer(), sizes.Outputs, 0, uWeight.DevicePointer(), sizes.Inputs);
        if (!ux.IsAbsent) LopInput(weight, u, ux);
    }

    /// <summary>Adds a row to all rows of y, and what the kernel does beside.</summary>
    private void AddRow(string kernel, Tensor<T> row, Tensor<T> y, Tensor<byte> open = default)
    {
        var arguments = new KernelArguments();
        arguments.Add(row.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(row.Count);
        arguments.Add(y.Count);
        if (!open.IsAbsent) arguments.Add(open.DevicePointer());
        Module[kernel].Launch(ElementLaunch.Over(y.Count), arguments);
    }

    private readonly struct Sizes
    {
        public Sizes(Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
        {
            (Samples, Outputs, Inputs) = (x.Shape[0], weight.Shape[0], weight.Shape[1]);
            Guard.Equal(x.Count, (long)Samples * Inputs, "dense input");
            Guard.Equal(bias.Count, Outputs, "dense bias");
            Guard.Equal(y.Count, (long)Samples * Outputs, "dense output");
        }

        public Sizes(Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y, Tensor<byte> open)
            : this(x, weight, bias, y)
            => Guard.Equal(open.Count, y.Count, "dense gates");

        public int Samples { get; }

        public int Outputs { get; }

        public int Inputs { get; }
    }
}
