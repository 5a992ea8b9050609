using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Cross-correlation with stride s and zero padding p over a batch, NCHW, weights OIHW:
/// <code>
/// forward  y[n,o,i,j]  = b[o] + sum_{c,k,l} W[o,c,k,l] x[n,c,s i + k - p, s j + l - p]
/// R-op     dy          = conv(dx, W) + conv(x, dW) + db
/// L-op     ux[n,c,..]  = sum of W[o,c,k,l] u[n,o,i,j] over all (o,i,j,k,l) that read the element
///          uW[o,c,k,l] = sum_{n,i,j} u[n,o,i,j] x[n,c,s i + k - p, s j + l - p];   ub[o] = sum_{n,i,j} u[n,o,i,j]
/// </code>
/// Input rows and columns that the floor of the output size leaves unread get a zero gradient.
/// </summary>
public interface IConvolutionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The value y from the input x, weight W and bias b.</summary>
    void Forward(in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y);

    /// <summary>The directional derivative dy; <paramref name="dx"/> is absent where the input does not move.</summary>
    void Rop(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias,
        Tensor<T> dy);

    /// <summary>The adjoints, overwritten; <paramref name="ux"/> is absent where nobody wants the input's.</summary>
    void Lop(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight,
        Tensor<T> uBias);

    /// <summary>The L-op of a stack of J adjoints, with those of weight and bias for every sample by itself.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="x">Input [N,C,H,W].</param>
    /// <param name="weight">W.</param>
    /// <param name="u">J adjoints of the output, one behind the other.</param>
    /// <param name="ux">J adjoints of the input, overwritten, or absent.</param>
    /// <param name="rows">[J N,P]: the weight's, then the bias's, for each sample; overwritten.</param>
    void LopSamples(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> rows);

    /// <summary>What <see cref="LopSamples"/> does where a device has nothing better: an L-op for each row.</summary>
    internal sealed void LopOfEachSample(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> rows)
    {
        var count = geometry.Batch * geometry.CheckStack(x, weight, geometry.Output.Count, u, ux, rows);
        var one = geometry with { Batch = 1 };
        var (input, output) = (one.Input, one.Output);
        var parameters = geometry.Weight.Count + geometry.OutChannels;
        for (var row = 0; row < count; row++)
        {
            var k = row % geometry.Batch;
            var adjoint = rows.Slice(row * parameters, parameters);
            Lop(
                one, x.Slice(k * input.Count, input), weight, u.Slice(row * output.Count, output),
                ux.IsAbsent ? ux : ux.Slice(row * input.Count, input), one.WeightIn(adjoint), one.BiasIn(adjoint));
        }
    }
}

/// <summary>The sizes of one convolution of a batch.</summary>
public readonly record struct ConvolutionGeometry(
    int Batch, int InChannels, int InHeight, int InWidth, int OutChannels, int KernelHeight, int KernelWidth, int Stride,
    int Padding)
{
    /// <summary>Rows of the output: floor((InHeight + 2 p - KernelHeight) / s) + 1.</summary>
    public int OutHeight => ((InHeight + (2 * Padding) - KernelHeight) / Stride) + 1;

    /// <summary>Columns of the output.</summary>
    public int OutWidth => ((InWidth + (2 * Padding) - KernelWidth) / Stride) + 1;

    /// <summary>[N,C,H,W] of the input.</summary>
    public Shape Input => new(Batch, InChannels, InHeight, InWidth);

    /// <summary>[N,O,H',W'] of the output.</summary>
    public Shape Output => new(Batch, OutChannels, OutHeight, OutWidth);

    /// <summary>[O,C,K,L] of the weight.</summary>
    public Shape Weight => new(OutChannels, InChannels, KernelHeight, KernelWidth);

    /// <summary>The weight in a layer's part of a parameter vector: it comes first.</summary>
    internal Tensor<T> WeightIn<T>(Tensor<T> parameters)
        where T : unmanaged
        => parameters.Slice(0, Weight);

    /// <summary>The bias in a layer's part of a parameter vector: it follows the weight.</summary>
    internal Tensor<T> BiasIn<T>(Tensor<T> parameters)
        where T : unmanaged
        => parameters.Slice(Weight.Count, OutChannels);

    /// <summary>Throws unless the sizes make sense and the tensors' counts fit them.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it.</exception>
    internal void Check(int x, int weight, int bias, int y)
    {
        Guard.Positive(Stride, "convolution stride");
        Guard.Positive(OutHeight, "convolution output height");
        Guard.Positive(OutWidth, "convolution output width");
        Guard.Equal(x, Input.Count, "convolution input");
        Guard.Equal(weight, Weight.Count, "convolution weight");
        Guard.Equal(bias, OutChannels, "convolution bias");
        Guard.Equal(y, Output.Count, "convolution output");
    }

    /// <summary>Throws unless a stack of adjoints fits the sizes, and returns J, its height.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it.</exception>
    internal int CheckStack<T>(NetworkInput<T> x, Tensor<T> weight, int outputs, Tensor<T> u, Tensor<T> ux, Tensor<T> rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (stack, rest) = Math.DivRem(u.Count, Math.Max(outputs, 1));
        Guard.Equal(rest, 0, "convolution adjoints beyond whole stacks");
        Guard.Equal(x.Count, Input.Count, "convolution input");
        Guard.Equal(weight.Count, Weight.Count, "convolution weight");
        Guard.Equal(rows.Count, (long)stack * Batch * (Weight.Count + OutChannels), "convolution rows");
        if (!ux.IsAbsent) Guard.Equal(ux.Count, (long)stack * x.Count, "convolution input adjoints");
        return stack;
    }
}
