using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// C(w) over the samples of an active set, as methods and KKT systems take it. Rows are sample-major: row J k + j is
/// constraint j of sample k. Where it implements <see cref="IGramRows"/> too, the Gram matrix of its rows can be formed.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class ConstraintFunction<T> : DifferentiableFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Samples of an active set.</summary>
    public abstract int Samples { get; }

    /// <summary>J, the number of constraints a sample.</summary>
    public int RowsPerSample => Samples == 0 ? 0 : RowCount / Samples;

    /// <summary>Moves to w and evaluates C there; part of a recording where <see cref="DifferentiableFunction{T}.CanRecord"/>.</summary>
    /// <param name="w">Parameters [N_P]. They are not copied: they must stay for as long as products are taken.</param>
    /// <param name="active">The active samples, <see cref="Samples"/> of them.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    public abstract void MoveTo(Tensor<T> w, Batch<T> active);
}
