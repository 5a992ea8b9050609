using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>
/// Equality constraints on the outputs of a network, C_jk(w) = C_j(phi(x_k; w)) of Eq. 2, with hand-written products.
/// Rows are sample-major: row J k + j is constraint j of sample k. To write one in plain C# on the host, derive from
/// <see cref="SampleConstraint{T}"/> instead.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public interface IOutputConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A name for reports.</summary>
    string Name { get; }

    /// <summary>J, the number of constraints a sample.</summary>
    int RowsPerSample { get; }

    /// <summary>Whether a row is 0 where its constraint holds with room to spare; see <see cref="Inequality{T}"/>.</summary>
    bool IsInequality => false;

    /// <summary>
    /// Whether the three functions may be recorded and replayed: they give work to the device, read nothing on the host,
    /// and use the same memory of their own in every call. False unless said.
    /// </summary>
    bool CanRecord => false;

    /// <summary>c = C(y).</summary>
    /// <param name="y">Outputs [N, outputs].</param>
    /// <param name="c">Violations [N, J], overwritten.</param>
    void Evaluate(Tensor<T> y, Tensor<T> c);

    /// <summary>dc = dC/dy dy at y.</summary>
    void Rop(Tensor<T> y, Tensor<T> dy, Tensor<T> dc);

    /// <summary>uy = u^T dC/dy at y, overwritten.</summary>
    void Lop(Tensor<T> y, Tensor<T> u, Tensor<T> uy);
}
