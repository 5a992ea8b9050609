using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IViolationKernels{T}"/> on the CPU, a part a constraint.</summary>
internal sealed unsafe class ViolationKernels<T>(CpuContext context) : IViolationKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Medians(Tensor<T> c, Tensor<double> medians)
    {
        var (samples, constraints) = (IViolationKernels<T>.CountSamples(c, medians.Count), medians.Count);
        var magnitudes = context.ThreadScratch<double>(ScratchArea.Magnitudes, samples);
        context.Pool.Run(new MedianWork<T>(c.Pointer(), medians.Pointer(), samples, constraints, magnitudes), constraints);
    }

    public void MeanSquares(Tensor<T> c, Tensor<double> squares)
    {
        _ = IViolationKernels<T>.CountSamples(c, squares.Count);
        context.Pool.Run(new MeanSquareWork<T>(c.Pointer(), squares.Pointer(), c.Count, squares.Count), squares.Count);
    }

    public void Weigh(Tensor<T> weights, Tensor<T> c, Tensor<T> result)
    {
        IViolationKernels<T>.CheckWeigh(weights, c, result);
        var (samples, constraints) = (c.Count / weights.Count, weights.Count);
        var weight = weights.Pointer();
        var row = c.Pointer();
        var to = result.Pointer();
        for (var k = 0; k < samples; k++, row += constraints, to += constraints)
        {
            for (var j = 0; j < constraints; j++) to[j] = weight[j] * row[j];
        }
    }
}

internal readonly unsafe struct MedianWork<T>(T* c, double* medians, int samples, int constraints, ThreadScratch<double> scratch) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var magnitudes = new Span<double>(scratch.Here, samples);
        var isFinite = true;
        for (var k = 0; k < samples; k++)
        {
            magnitudes[k] = Math.Abs(double.CreateTruncating(c[((long)k * constraints) + part]));
            isFinite &= double.IsFinite(magnitudes[k]);
        }
        medians[part] = isFinite ? Statistics.Quantile(magnitudes, 0.5) : double.NaN;
    }
}

internal readonly unsafe struct MeanSquareWork<T>(T* c, double* squares, int count, int constraints) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var mean = 0.0;
        for (long i = part; i < count; i += constraints)
        {
            var value = double.CreateTruncating(c[i]);
            mean += value * value * constraints / count;
        }
        squares[part] = mean;
    }
}
