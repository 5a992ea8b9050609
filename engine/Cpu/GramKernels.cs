using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IGramKernels{T}"/> on the CPU: rows widened to float64, then one matrix product.</summary>
internal sealed unsafe class GramKernels<T>(CpuContext context) : IGramKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Clear(Tensor<double> s) => new Span<double>(s.Pointer(), s.Count).Clear();

    public void AddRows(Tensor<T> a, Tensor<double> s)
    {
        var rows = a.Shape[0];
        Guard.Equal(s.Count, rows * rows, "the Gram matrix");
        var wide = Widen(ScratchArea.WideRows, a);
        MatrixProduct.Multiply(context, wide, wide.Transposed, new MatrixView<double>(s.Pointer(), rows, rows), add: true);
    }

    public void AddDense(Tensor<T> d, Tensor<T> x, Tensor<double> s)
    {
        var (rows, samples) = (d.Shape[0], x.Shape[0]);
        Guard.Equal(s.Count, rows * rows, "the Gram matrix");
        Guard.Equal(rows % samples, 0, "rows beyond whole samples");
        var inputs = Product(ScratchArea.InputProducts, Widen(ScratchArea.WideRows, x));
        var outputs = Product(ScratchArea.OutputProducts, Widen(ScratchArea.WideRows, d));
        context.Pool.Run(new DenseGramWork(outputs.Data, inputs.Data, s.Pointer(), rows, samples), rows);
    }

    private MatrixView<double> Product(ScratchArea area, MatrixView<double> a)
    {
        var product = new MatrixView<double>(context.Scratch<double>(area, (long)a.Rows * a.Rows), a.Rows, a.Rows);
        MatrixProduct.Multiply(context, a, a.Transposed, product, add: false);
        return product;
    }

    private MatrixView<double> Widen(ScratchArea area, Tensor<T> a)
    {
        var rows = a.Shape[0];
        var columns = a.Count / rows;
        var wide = context.Scratch<double>(area, a.Count);
        context.Pool.Run(new WidenWork<T>(a.Pointer(), wide, columns), rows);
        return new MatrixView<double>(wide, rows, columns);
    }
}

/// <summary>Copies one row to float64.</summary>
internal readonly unsafe struct WidenWork<T>(T* source, double* target, int columns) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var from = source + ((long)part * columns);
        var to = target + ((long)part * columns);
        for (var i = 0; i < columns; i++) to[i] = double.CreateTruncating(from[i]);
    }
}

/// <summary>One row of s += (1 + inputs of the samples) * outputs.</summary>
internal readonly unsafe struct DenseGramWork(double* outputs, double* inputs, double* s, int rows, int samples) : IParts
{
    public void Run(int part)
    {
        var own = inputs + ((long)(part % samples) * samples);
        var product = outputs + ((long)part * rows);
        var sums = s + ((long)part * rows);
        for (var first = 0; first < rows; first += samples)
        {
            for (var k = 0; k < samples; k++) sums[first + k] += (1 + own[k]) * product[first + k];
        }
    }
}
