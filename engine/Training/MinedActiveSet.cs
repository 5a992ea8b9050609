using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Hard sample mining of Eq. 9: the candidates with the largest median_j |C_j|, the worst first; of equals the one with
/// the smaller number.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class MinedActiveSet<T>(ViolationScorer<T> scorer, int count, int pool, RandomGenerator generator)
    : ScoredActiveSet<T>(scorer, count, pool, generator)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Name => "mined";

    /// <inheritdoc/>
    protected override void Choose(ReadOnlySpan<int> candidates, ReadOnlySpan<double> scores, Span<int> indices)
    {
        var ranked = new (double Score, int Sample)[candidates.Length];
        for (var i = 0; i < ranked.Length; i++) ranked[i] = (scores[i], candidates[i]);
        Array.Sort(ranked, (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Sample.CompareTo(b.Sample));
        for (var i = 0; i < indices.Length; i++) indices[i] = ranked[i].Sample;
    }
}
