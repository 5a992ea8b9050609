using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Training;

/// <summary>A constraint that does something of the test's before it answers.</summary>
internal sealed class HookedConstraint<T>(IOutputConstraint<T> inner) : IOutputConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Action? BeforeValue { get; set; }

    public Action? BeforeRop { get; set; }

    public string Name => inner.Name;

    public IReadOnlyList<ConstraintRow> Rows => inner.Rows;

    public void Evaluate(Tensor<T> y, Tensor<T> x, Tensor<T> c)
    {
        BeforeValue?.Invoke();
        inner.Evaluate(y, x, c);
    }

    public void Rop(Tensor<T> y, Tensor<T> x, Tensor<T> dy, Tensor<T> dc)
    {
        BeforeRop?.Invoke();
        inner.Rop(y, x, dy, dc);
    }

    public void Lop(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> uy) => inner.Lop(y, x, u, uy);
}
