using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IGramKernels{T}"/> on the CPU by symmetric products.</summary>
internal sealed unsafe class GramKernels<T>(CpuContext context) : IGramKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Clear(Tensor<double> s) => new Span<double>(s.Pointer(), s.Count).Clear();

    public void AddRows(Tensor<T> a, Tensor<double> s, bool isExact)
    {
        var rows = a.Shape[0];
        Guard.Equal(s.Count, rows * rows, "the Gram matrix");
        Add(a.Pointer(), rows, a.Count / rows, default, s.Pointer(), isExact);
    }

    public void AddDense(Tensor<T> d, Tensor<T> x, Tensor<double> s, bool isExact)
    {
        var (rows, samples) = (d.Shape[0], x.Shape[0]);
        Guard.Equal(s.Count, rows * rows, "the Gram matrix");
        Guard.Equal(rows % samples, 0, "rows beyond whole samples");
        Add(d.Pointer(), rows, d.Count / rows, InputWeights(x, isExact), s.Pointer(), isExact);
    }

    public IGramShares<T> CreateShares(ComputeDevice<T> device) => new GramShares<T>(context, device);

    private void Add(T* a, int rows, int depth, PairWeights weights, double* s, bool isExact)
    {
        if (isExact) SymmetricProduct.Add<T, double>(context, a, rows, depth, weights, s);
        else SymmetricProduct.Add<T, T>(context, a, rows, depth, weights, s);
    }

    /// <summary>1 + x_k . x_l for all pairs of samples.</summary>
    private PairWeights InputWeights(Tensor<T> x, bool isExact)
    {
        var samples = x.Shape[0];
        var products = context.Scratch<double>(ScratchArea.InputProducts, (long)samples * samples);
        new Span<double>(products, samples * samples).Clear();
        Add(x.Pointer(), samples, x.Count / samples, default, products, isExact);
        var table = context.Scratch<double>(ScratchArea.PairWeights, PairWeights.Count(samples));
        context.Pool.Run(new PairWeightWork(products, samples, table), samples + PairWeights.MostRows);
        return new PairWeights(table, samples);
    }
}

/// <summary>One row of a table of <see cref="PairWeights"/> from the products on and above the diagonal.</summary>
internal readonly unsafe struct PairWeightWork(double* products, int samples, double* table) : IParts
{
    public void Run(int part)
    {
        var (sample, width) = (part % samples, samples + PairWeights.MostColumns);
        var row = table + ((long)part * width);
        for (var i = 0; i < width; i++)
        {
            var other = i % samples;
            row[i] = 1 + products[((long)Math.Min(sample, other) * samples) + Math.Max(sample, other)];
        }
    }
}
