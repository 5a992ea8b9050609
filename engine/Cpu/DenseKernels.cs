using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IDenseKernels{T}"/> on the CPU by matrix products.</summary>
internal sealed unsafe class DenseKernels<T>(CpuContext context) : IDenseKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Forward(Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
    {
        var (xs, ws, ys) = Views(x, weight, bias, y);
        RepeatRow(bias, ys);
        MatrixProduct.Multiply(context, xs, ws.Transposed, ys, add: true);
    }

    public void Rop(Tensor<T> x, Tensor<T> weight, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy)
    {
        var (xs, dws, dys) = Views(x, dWeight, dBias, dy);
        Guard.Equal(weight.Count, dWeight.Count, "dense weight");
        RepeatRow(dBias, dys);
        MatrixProduct.Multiply(context, xs, dws.Transposed, dys, add: true);
        if (dx.IsAbsent) return;
        Guard.Equal(dx.Count, x.Count, "dense input direction");
        var ws = new MatrixView<T>(weight.Pointer(), dws.Rows, dws.Columns);
        MatrixProduct.Multiply(context, new MatrixView<T>(dx.Pointer(), xs.Rows, xs.Columns), ws.Transposed, dys, add: true);
    }

    public void Lop(Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias)
    {
        var (xs, uws, us) = Views(x, uWeight, uBias, u);
        Guard.Equal(weight.Count, uWeight.Count, "dense weight");
        MatrixProduct.Multiply(context, us.Transposed, xs, uws, add: false);
        SumRows(us, uBias.Pointer());
        if (ux.IsAbsent) return;
        Guard.Equal(ux.Count, x.Count, "dense input adjoint");
        var ws = new MatrixView<T>(weight.Pointer(), uws.Rows, uws.Columns);
        MatrixProduct.Multiply(context, us, ws, new MatrixView<T>(ux.Pointer(), xs.Rows, xs.Columns), add: false);
    }

    public void LopInput(Tensor<T> weight, Tensor<T> u, Tensor<T> ux)
    {
        var ws = new MatrixView<T>(weight.Pointer(), weight.Shape[0], weight.Shape[1]);
        var rows = u.Shape[0];
        Guard.Equal(u.Count, rows * ws.Rows, "dense output adjoint");
        Guard.Equal(ux.Count, rows * ws.Columns, "dense input adjoint");
        MatrixProduct.Multiply(
            context, new MatrixView<T>(u.Pointer(), rows, ws.Rows), ws, new MatrixView<T>(ux.Pointer(), rows, ws.Columns), add: false);
    }

    private static (MatrixView<T> X, MatrixView<T> W, MatrixView<T> Y) Views(
        Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
    {
        var (outputs, inputs) = (weight.Shape[0], weight.Shape[1]);
        var samples = x.Shape[0];
        Guard.Equal(x.Count, samples * inputs, "dense input");
        Guard.Equal(bias.Count, outputs, "dense bias");
        Guard.Equal(y.Count, samples * outputs, "dense output");
        return (new(x.Pointer(), samples, inputs), new(weight.Pointer(), outputs, inputs), new(y.Pointer(), samples, outputs));
    }

    private static void RepeatRow(Tensor<T> row, MatrixView<T> y)
    {
        var source = new ReadOnlySpan<T>(row.Pointer(), y.Columns);
        for (var n = 0; n < y.Rows; n++) source.CopyTo(new Span<T>(y.Data + ((long)n * y.Columns), y.Columns));
    }

    private static void SumRows(MatrixView<T> u, T* sums)
    {
        new Span<T>(sums, u.Columns).Clear();
        for (var n = 0; n < u.Rows; n++)
        {
            var row = u.Data + ((long)n * u.Columns);
            for (var j = 0; j < u.Columns; j++) sums[j] += row[j];
        }
    }
}
