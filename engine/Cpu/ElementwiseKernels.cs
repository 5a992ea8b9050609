using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// <see cref="IElementwiseKernels{T}"/> on the CPU, in chunks of <see cref="VectorKernels{T}.ChunkLength"/>. All is computed
/// in float64 vectors, see <see cref="ElementwiseFormulas"/>: float32 results are correctly rounded but for rare ties. The
/// elements that fill no vector are padded, so that an element's bits do not depend on its place, nor on the choice between
/// SIMD and scalar kernels.
/// </summary>
internal sealed unsafe class ElementwiseKernels<T>(CpuContext context) : IElementwiseKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Forward(ElementwiseFunction function, double parameter, Tensor<T> x, Tensor<T> y, Tensor<T> slope)
    {
        Guard.Equal(y.Count, x.Count, $"{function} output");
        Guard.Equal(slope.Count, x.Count, $"{function} slopes");
        switch (function)
        {
            case ElementwiseFunction.Tanh:
                Run<TanhFormula>(parameter, x, y, slope);
                break;
            case ElementwiseFunction.Sigmoid:
                Run<SigmoidFormula>(parameter, x, y, slope);
                break;
            case ElementwiseFunction.Softplus:
                Run<SoftplusFormula>(parameter, x, y, slope);
                break;
            case ElementwiseFunction.Silu:
                Run<SiluFormula>(parameter, x, y, slope);
                break;
            case ElementwiseFunction.Gelu:
                Run<GeluFormula>(parameter, x, y, slope);
                break;
            case ElementwiseFunction.LeakyRelu:
                Run<LeakyReluFormula>(parameter, x, y, slope);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(function), function, "no such function");
        }
    }

    private void Run<TFormula>(double parameter, Tensor<T> x, Tensor<T> y, Tensor<T> slope)
        where TFormula : struct, IElementwiseFormula
        => context.Pool.Run(
            new ElementwiseWork<T, TFormula>(parameter, x.Pointer(), y.Pointer(), slope.Pointer(), x.Count),
            VectorKernels<T>.Chunks(x.Count));
}

/// <summary>The parts of an elementwise function.</summary>
internal readonly unsafe struct ElementwiseWork<T, TFormula>(double parameter, T* x, T* y, T* slope, int count) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TFormula : struct, IElementwiseFormula
{
    public void Run(int part)
    {
        var i = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(i + VectorKernels<T>.ChunkLength, count);
        for (; i <= end - Vector<T>.Count; i += Vector<T>.Count)
        {
            var value = Evaluate(Vector.Load(x + i), out var derivative);
            value.Store(y + i);
            derivative.Store(slope + i);
        }
        if (i == end) return;
        Span<T> padded = stackalloc T[Vector<T>.Count];
        new ReadOnlySpan<T>(x + i, end - i).CopyTo(padded);
        var lastValue = Evaluate(new Vector<T>(padded), out var lastDerivative);
        for (var lane = 0; i < end; i++, lane++) (y[i], slope[i]) = (lastValue[lane], lastDerivative[lane]);
    }

    private Vector<T> Evaluate(Vector<T> arguments, out Vector<T> derivative)
    {
        var p = new Vector<double>(parameter);
        if (typeof(T) == typeof(double))
        {
            var value = TFormula.Apply(arguments.As<T, double>(), p, out var wide);
            derivative = wide.As<double, T>();
            return value.As<double, T>();
        }
        Vector.Widen(arguments.As<T, float>(), out var low, out var high);
        var (lowValue, highValue) = (TFormula.Apply(low, p, out var lowSlope), TFormula.Apply(high, p, out var highSlope));
        derivative = Vector.Narrow(lowSlope, highSlope).As<float, T>();
        return Vector.Narrow(lowValue, highValue).As<float, T>();
    }
}
