using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Convolution, max-pooling over windows that do not overlap and, if wanted, ReLU as one operator. Only the winner of a
/// window reaches the output, so that the two products touch one position of P x P:
/// <code>
/// forward  y[q] = max over q's window of conv(x, W)[p] + b;   win[q] = its first place, or 255 where ReLU closes
/// R-op     dy[q] = (conv(dx, W) + conv(x, dW))[win[q]] + db,   0 where closed
/// L-op     ux, uW, ub = the convolution's adjoints of u[q] placed at win[q], open positions only
/// </code>
/// Rows and columns that the pooling's floor cuts off are never computed. A NaN wins its window; it passes ReLU as NaN and
/// counts as closed.
/// </summary>
public interface IPooledConvolutionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether the device has this operator for these sizes.</summary>
    bool Supports(in PooledConvolutionGeometry geometry);

    /// <summary>Whether the input may be images.</summary>
    bool ReadsImages => false;

    /// <summary>The value y [N,O,H',W'] and the winners, one byte each: row-major place in the window, 255 closed.</summary>
    void Forward(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y,
        Tensor<byte> winners);

    /// <summary>The directional derivative dy; <paramref name="dx"/> is absent where the input does not move.</summary>
    void Rop(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> dx,
        Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy);

    /// <summary>The adjoints, overwritten; <paramref name="ux"/> is absent where nobody wants the input's.</summary>
    void Lop(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> u,
        Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias);

    /// <summary>The L-op of a stack of J adjoints, with those of weight and bias for every sample by itself.</summary>
    /// <param name="geometry">The sizes.</param>
    /// <param name="x">Input [N,C,H,W].</param>
    /// <param name="weight">W.</param>
    /// <param name="winners">As <see cref="Forward"/> stored them.</param>
    /// <param name="u">J adjoints of the output, one behind the other.</param>
    /// <param name="ux">J adjoints of the input, overwritten, or absent.</param>
    /// <param name="rows">[J N,P]: the weight's, then the bias's, for each sample; overwritten.</param>
    void LopSamples(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> u,
        Tensor<T> ux, Tensor<T> rows);
}

/// <summary>The sizes of one convolution with its pooling.</summary>
/// <param name="Convolution">The convolution, before pooling.</param>
/// <param name="Window">P: windows are P x P and lie side by side; 1 pools nothing.</param>
/// <param name="Relu">Whether ReLU follows.</param>
public readonly record struct PooledConvolutionGeometry(ConvolutionGeometry Convolution, int Window, bool Relu)
{
    /// <summary>The winner of a window that ReLU closes.</summary>
    public const byte Closed = 255;

    /// <summary>Rows of the output: floor(H / P) of the convolution's.</summary>
    public int OutHeight => Convolution.OutHeight / Window;

    /// <summary>Columns of the output.</summary>
    public int OutWidth => Convolution.OutWidth / Window;

    /// <summary>[N,O,H',W'] of the output.</summary>
    public Shape Output => new(Convolution.Batch, Convolution.OutChannels, OutHeight, OutWidth);

    /// <summary>Throws unless the tensors' counts fit the sizes.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it.</exception>
    internal void Check(int x, int weight, int bias, int y, int winners)
    {
        Guard.Equal(x, Convolution.Input.Count, "pooled convolution input");
        Guard.Equal(weight, Convolution.Weight.Count, "pooled convolution weight");
        Guard.Equal(bias, Convolution.OutChannels, "pooled convolution bias");
        Guard.Equal(y, Output.Count, "pooled convolution output");
        Guard.Equal(winners, y, "pooled convolution winners");
    }
}
