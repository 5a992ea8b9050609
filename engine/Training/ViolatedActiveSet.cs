using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Random active constraints among the violated ones, for inequalities (section 4.4): the first candidates that violate
/// one, and where these do not suffice the first others, whose rows are zero.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ViolatedActiveSet<T>(ViolationScorer<T> scorer, int count, int pool, RandomGenerator generator)
    : ScoredActiveSet<T>(scorer, count, pool, generator)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Name => "violated";

    /// <inheritdoc/>
    protected override void Choose(ReadOnlySpan<int> candidates, ReadOnlySpan<double> scores, Span<int> indices)
    {
        var taken = 0;
        foreach (var violated in (ReadOnlySpan<bool>)[true, false])
        {
            for (var i = 0; i < candidates.Length && taken < indices.Length; i++)
            {
                if (scores[i] > 0 == violated) indices[taken++] = candidates[i];
            }
        }
    }
}
