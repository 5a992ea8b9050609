using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Constraint rows that bind samples together: each value less the mean over its group of samples,
/// <code>
/// c_kj = c_kj - mean over l in G_j(k) of c_lj
/// </code>
/// a symmetric projector, so that value, R-op and L-op are one map. Sums run in float64 and in a fixed order; a group of one
/// sample gives 0. <c>device.Family&lt;ICentringKernels&lt;T&gt;&gt;()</c>.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public interface ICentringKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Takes the means out in place; it may be recorded.</summary>
    /// <param name="groupings">K groupings of the N samples [K, 2 N + 1], each as <see cref="SampleGroups"/> lays it out.</param>
    /// <param name="groupingOf">The number of each row's grouping [J]; -1 leaves a row as it is.</param>
    /// <param name="c">Values [N, J].</param>
    /// <exception cref="ArgumentException">The sizes do not go together.</exception>
    void Centre(Tensor<int> groupings, Tensor<int> groupingOf, Tensor<T> c);

    /// <summary>N, after a look at the sizes.</summary>
    internal static int CountSamples(Tensor<int> groupings, Tensor<int> groupingOf, Tensor<T> c)
    {
        var samples = groupingOf.Count == 0 ? 0 : c.Count / groupingOf.Count;
        Guard.Equal(c.Count, samples * groupingOf.Count, "rows of whole samples to be centred");
        Guard.Equal(groupings.Count % SampleGroups.Length(samples), 0, $"integers beyond whole groupings of {samples} samples");
        return samples;
    }
}
