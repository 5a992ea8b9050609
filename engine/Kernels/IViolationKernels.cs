using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Numbers of an active set's constraints C [N,J], sample-major as <c>ConstraintFunction</c> leaves them: element J k + j is
/// constraint j of sample k. The results stay on the device, and every call may be recorded.
/// </summary>
public interface IViolationKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// medians_j = the median of |C_kj| over the samples k, of an even number the mean of the middle two:
    /// <see cref="Statistics.Quantile"/> to the bit. NaN where an element of the column is NaN or infinite.
    /// </summary>
    /// <param name="c">C [N,J], one sample or more, or no constraints at all.</param>
    /// <param name="medians">[J], overwritten.</param>
    /// <exception cref="ArgumentException">C is not of whole samples.</exception>
    void Medians(Tensor<T> c, Tensor<double> medians);

    /// <summary>squares_j = mean over k of C_kj^2, in float64.</summary>
    /// <param name="c">C [N,J], one sample or more, or no constraints at all.</param>
    /// <param name="squares">[J], overwritten.</param>
    /// <exception cref="ArgumentException">C is not of whole samples.</exception>
    void MeanSquares(Tensor<T> c, Tensor<double> squares);

    /// <summary>result_kj = weights_j C_kj.</summary>
    /// <param name="weights">[J].</param>
    /// <param name="c">C [N,J].</param>
    /// <param name="result">[N,J], overwritten.</param>
    /// <exception cref="ArgumentException">C is not of whole samples, or the result is of another size.</exception>
    void Weigh(Tensor<T> weights, Tensor<T> c, Tensor<T> result);

    /// <summary>Throws unless the sizes of <see cref="Weigh"/> fit; there may be no samples.</summary>
    /// <exception cref="ArgumentException">C is not of whole samples, or the result is of another size.</exception>
    internal static void CheckWeigh(Tensor<T> weights, Tensor<T> c, Tensor<T> result)
    {
        Guard.Positive(weights.Count, "the constraints of a sample");
        Guard.Equal(c.Count % weights.Count, 0, $"constraints beyond whole samples of {weights.Count}");
        Guard.Equal(result.Count, c.Count, "weighed constraints");
    }

    /// <summary>N, after a look at the sizes; 0 of no constraints, which have no numbers.</summary>
    /// <exception cref="ArgumentException">C has no samples, or a part of one.</exception>
    internal static int CountSamples(Tensor<T> c, int constraints)
    {
        if (constraints == 0 && c.Count == 0) return 0;
        Guard.Positive(constraints, "the constraints of a sample");
        Guard.Positive(c.Count, "the constraints of an active set");
        Guard.Equal(c.Count % constraints, 0, $"constraints beyond whole samples of {constraints}");
        return c.Count / constraints;
    }
}
