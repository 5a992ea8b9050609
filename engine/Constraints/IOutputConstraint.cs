using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>
/// Constraints on the outputs of a network, C_jk(w) = C_j(phi(x_k; w), x_k) of Eq. 2, with hand-written products. They may
/// read columns x of the sample, which are constants of the derivatives. Rows are sample-major: row J k + j is constraint j
/// of sample k. To write one in plain C# on the host, derive from <see cref="SampleConstraint{T}"/> instead.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public interface IOutputConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A name for reports.</summary>
    string Name { get; }

    /// <summary>The J rows of one sample.</summary>
    IReadOnlyList<ConstraintRow> Rows { get; }

    /// <summary>J, the number of constraints a sample.</summary>
    int RowsPerSample => Rows.Count;

    /// <summary>
    /// Whether the functions may be recorded and replayed: they give work to the device, read nothing on the host, and use
    /// the same memory of their own in every call. False unless said.
    /// </summary>
    bool CanRecord => false;

    /// <summary>c = C(y, x); of rows with a <see cref="ConstraintRow.Group"/> the value, the group's mean not taken out.</summary>
    /// <param name="y">Outputs [N, outputs].</param>
    /// <param name="x">Columns of the samples [N, K], absent where the constraint reads none.</param>
    /// <param name="c">Violations [N, J], overwritten.</param>
    void Evaluate(Tensor<T> y, Tensor<T> x, Tensor<T> c);

    /// <summary>dc = dC/dy dy at (y, x), overwritten.</summary>
    void Rop(Tensor<T> y, Tensor<T> x, Tensor<T> dy, Tensor<T> dc);

    /// <summary>uy = u^T dC/dy at (y, x), overwritten.</summary>
    void Lop(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> uy);

    /// <summary>The L-op of a stack of adjoints at one point.</summary>
    /// <param name="y">Outputs [N, outputs].</param>
    /// <param name="x">Columns of the samples [N, K], absent where the constraint reads none.</param>
    /// <param name="u">Adjoints [stack, N, J], one behind the other.</param>
    /// <param name="uy">[stack, N, outputs], overwritten.</param>
    /// <param name="stack">Their number.</param>
    /// <param name="cancellation">Looked at before each of them, where they are taken one by one.</param>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    void LopStack(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> uy, int stack, CancellationToken cancellation = default)
    {
        for (var j = 0; j < stack; j++)
        {
            cancellation.ThrowIfCancellationRequested();
            Lop(y, x, u.Slice(j * (u.Count / stack), u.Count / stack), uy.Slice(j * y.Count, y.Shape));
        }
    }
}

/// <summary>A constraint that offers its second derivatives as well.</summary>
/// <typeparam name="T">The number type.</typeparam>
public interface ICurvedConstraint<T> : IOutputConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>result = (sum_j lambda_j d2C_j/dy2) v at (y, x) for each sample, overwritten.</summary>
    /// <param name="y">Outputs [N, outputs].</param>
    /// <param name="x">Columns of the samples [N, K], absent where the constraint reads none.</param>
    /// <param name="multipliers">lambda [N, J].</param>
    /// <param name="v">The direction [N, outputs].</param>
    /// <param name="result">[N, outputs].</param>
    void Curvature(Tensor<T> y, Tensor<T> x, Tensor<T> multipliers, Tensor<T> v, Tensor<T> result);
}
