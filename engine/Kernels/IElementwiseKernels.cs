using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>The smooth and leaky functions that stand between layers; ReLU has kernels of its own, <see cref="IReluKernels{T}"/>.</summary>
public enum ElementwiseFunction
{
    /// <summary>tanh x; slope 1 / cosh^2 x.</summary>
    Tanh,

    /// <summary>s(x) = 1 / (1 + exp(-x)); slope s (1 - s).</summary>
    Sigmoid,

    /// <summary>log(1 + exp x); slope s(x).</summary>
    Softplus,

    /// <summary>x s(x), also called swish; slope s (1 + x (1 - s)).</summary>
    Silu,

    /// <summary>x Phi(x) with Phi(x) = (1 + erf(x / sqrt 2)) / 2, the exact form; slope Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi).</summary>
    Gelu,

    /// <summary>x where x > 0, else p x with the parameter p; slope 1 or p, and p at 0.</summary>
    LeakyRelu,
}

/// <summary>
/// Functions of each element alone. R-op and L-op are the same product with the slope, <see cref="IVectorKernels{T}.Multiply"/>:
/// <code>
/// forward  y = f(x), slope = f'(x)
/// R-op     dy = slope dx
/// L-op     ux = slope u
/// </code>
/// Values and slopes have the accuracy of the number type for every x, in the tails too: nothing overflows, infinities give
/// the limits, and NaN gives NaN.
/// </summary>
public interface IElementwiseKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y = f(x) and slope = f'(x).</summary>
    /// <param name="function">f.</param>
    /// <param name="parameter">p of the function, where it has one.</param>
    /// <param name="x">Arguments.</param>
    /// <param name="y">Values, overwritten; not the memory of <paramref name="x"/>.</param>
    /// <param name="slope">Derivatives, overwritten.</param>
    /// <exception cref="ArgumentException">The counts differ.</exception>
    void Forward(ElementwiseFunction function, double parameter, Tensor<T> x, Tensor<T> y, Tensor<T> slope);
}
