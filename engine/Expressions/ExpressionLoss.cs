using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Expressions;

/// <summary>
/// A loss of one sample's outputs as text, for learning without targets: f(y, x), such as <c>y1^2 + y2^2</c>, with its
/// gradient and second derivatives by y. Means over samples are the caller's.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ExpressionLoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ICompiledProgram<T> _value;
    private readonly ICompiledProgram<T> _gradient;
    private readonly Lazy<ICompiledProgram<T>> _curvature;

    /// <summary>A loss on a device.</summary>
    /// <param name="device">Where it is evaluated.</param>
    /// <param name="variables">The names that the text may use.</param>
    /// <param name="text">A scalar expression without comparison.</param>
    /// <exception cref="ExpressionException">The text is no such expression; the message shows where.</exception>
    /// <exception cref="ArgumentException">A derivative has more than <see cref="ExpressionLimits.Operations"/>.</exception>
    public ExpressionLoss(ComputeDevice<T> device, ExpressionVariables variables, string text)
    {
        (Variables, Text) = (variables, text);
        var kernels = device.Family<IExpressionKernels<T>>();
        var value = ExpressionPrograms.Scalar(variables, "objective", text);
        var gradient = Derivatives.Adjoint(value, ExpressionVariables.OutputArray, null, "gradient");
        var curvature = Derivatives.Tangent(gradient, ExpressionVariables.OutputArray, "v", "curvature");
        ExpressionLimits.Check("objective", value, gradient, curvature);
        _value = kernels.Compile(value);
        _gradient = kernels.Compile(gradient);
        _curvature = new(() => kernels.Compile(curvature));
    }

    /// <summary>The names that the text may use.</summary>
    public ExpressionVariables Variables { get; }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>f for each sample.</summary>
    /// <param name="y">Outputs [N, outputs].</param>
    /// <param name="x">Columns of the samples [N, K], absent where the text reads none.</param>
    /// <param name="f">[N], overwritten.</param>
    /// <exception cref="ArgumentException">A tensor has a wrong size, or the text reads columns and <paramref name="x"/> is absent.</exception>
    public void Evaluate(Tensor<T> y, Tensor<T> x, Tensor<T> f) => _value.Run([y, x], [f]);

    /// <summary>gradient = df/dy [N, outputs] for each sample, overwritten.</summary>
    public void Gradient(Tensor<T> y, Tensor<T> x, Tensor<T> gradient) => _gradient.Run([y, x], [gradient]);

    /// <summary>
    /// result = d2f/dy2 v [N, outputs] for each sample, overwritten: what stands between R-op and L-op in a Gauss-Newton
    /// product, J^T (d2f/dy2) J v. It is positive semidefinite only where f is convex in y.
    /// </summary>
    public void Curvature(Tensor<T> y, Tensor<T> x, Tensor<T> v, Tensor<T> result) => _curvature.Value.Run([y, x, v], [result]);
}
