using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>
/// A constraint written as text, with all derivatives made of it by rule, on every device:
/// <code>
/// var sphere = ConstraintSet&lt;float&gt;.Parse(device, new ExpressionVariables(outputs: 3), new("sphere", "norm(y) = 10"));
/// </code>
/// Rows with = are equalities left - right; those with &lt;= and &gt;= are 0, with derivative 0, where they hold, also where a
/// side or its slope is infinite.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public class ConstraintSet<T> : ICurvedConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ICompiledProgram<T> _value;
    private readonly ICompiledProgram<T> _rop;
    private readonly ICompiledProgram<T> _lop;
    private readonly Lazy<ICompiledProgram<T>> _curvature;

    /// <summary>A constraint on a device.</summary>
    /// <param name="device">Where it is evaluated.</param>
    /// <param name="texts">Its rows.</param>
    /// <param name="name">A name for reports.</param>
    public ConstraintSet(ComputeDevice<T> device, ConstraintTexts texts, string name = "constraints")
    {
        (Texts, Name) = (texts, name);
        var kernels = device.Family<IExpressionKernels<T>>();
        _value = kernels.Compile(texts.Value);
        _rop = kernels.Compile(texts.Rop);
        _lop = kernels.Compile(texts.Lop);
        _curvature = new(() => kernels.Compile(texts.Curvature));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The rows as text.</summary>
    public ConstraintTexts Texts { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ConstraintRow> Rows => Texts.Rows;

    /// <inheritdoc/>
    public bool CanRecord => true;

    /// <summary>A constraint of rows of text.</summary>
    /// <param name="device">Where it is evaluated.</param>
    /// <param name="variables">The names that the rows may use.</param>
    /// <param name="rows">The rows.</param>
    /// <exception cref="ExpressionException">A text is no row; the message shows where.</exception>
    /// <exception cref="ArgumentException">
    /// There is no row, two have one name, or a derivative has more than <see cref="ExpressionLimits.Operations"/>.
    /// </exception>
    public static ConstraintSet<T> Parse(ComputeDevice<T> device, ExpressionVariables variables, params IReadOnlyList<ConstraintText> rows)
        => new(device, new ConstraintTexts(variables, rows));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A tensor has a wrong size, or the rows read columns and <paramref name="x"/> is absent.</exception>
    public void Evaluate(Tensor<T> y, Tensor<T> x, Tensor<T> c) => _value.Run([y, x], [c]);

    /// <inheritdoc/>
    public void Rop(Tensor<T> y, Tensor<T> x, Tensor<T> dy, Tensor<T> dc) => _rop.Run([y, x, dy], [dc]);

    /// <inheritdoc/>
    public void Lop(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> uy) => _lop.Run([y, x, u], [uy]);

    /// <inheritdoc/>
    public void LopStack(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> uy, int stack, CancellationToken cancellation)
        => _lop.Run([y, x, u], [uy], stack);

    /// <inheritdoc/>
    public void Curvature(Tensor<T> y, Tensor<T> x, Tensor<T> multipliers, Tensor<T> v, Tensor<T> result)
        => _curvature.Value.Run([y, x, multipliers, v], [result]);
}
