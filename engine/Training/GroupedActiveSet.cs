using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Active sets for constraints that compare samples within a group: random groups, and of each so many random samples. Of
/// samples that are drawn one by one out of many groups, hardly two would be of one group.
/// </summary>
/// <remarks>
/// Each draw shuffles the groups, takes the same number of samples of each in turn (all where a group has fewer) until the set
/// is full, and goes round once more where all groups together have not filled it. Groups of one sample, which compare
/// nothing, come last. With several groupings the one with the most groups is drawn by.
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
public sealed class GroupedActiveSet<T> : Sampler<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RandomGenerator _generator;
    private readonly IReadOnlyList<int[]> _groups;
    private readonly int _perGroup;
    private readonly int _count;

    /// <summary>Draws from the samples of a source that says their groups.</summary>
    /// <param name="source">C.</param>
    /// <param name="generator">Draws groups and samples.</param>
    /// <param name="perGroup">Samples of a group, at least 2.</param>
    /// <exception cref="ArgumentException">The source has no groups.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two samples of a group are wanted, or there are no samples.</exception>
    public GroupedActiveSet(ISampleSource source, RandomGenerator generator, int perGroup = GroupedActiveSet.UsualPerGroup)
    {
        Guard.Positive(source.Count, "the number of constraint samples");
        if (source.Groupings == 0) throw new ArgumentException("active sets by groups need a source whose samples have groups", nameof(source));
        if (perGroup < 2) throw new ArgumentOutOfRangeException(nameof(perGroup), perGroup, $"samples of a group must be at least 2, got {perGroup}: one alone is compared with nothing");
        (_generator, _perGroup, _count) = (generator, perGroup, source.Count);
        _groups = Enumerable.Range(0, source.Groupings).Select(grouping => Members(source, grouping)).MaxBy(groups => groups.Count)!;
    }

    /// <inheritdoc/>
    public override string Name => "groups";

    /// <inheritdoc/>
    public override SamplerState State
    {
        get => new(_generator.State, 0);
        set => _generator.State = value.Generator;
    }

    /// <inheritdoc/>
    public override bool TryPeek(Span<int> indices)
    {
        var state = State;
        Draw(indices);
        State = state;
        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">More samples are wanted than there are.</exception>
    public override void Select(Tensor<T> w, Span<int> indices, CancellationToken cancellation = default) => Draw(indices);

    private static IReadOnlyList<int[]> Members(ISampleSource source, int grouping)
    {
        var labels = new int[source.Count];
        for (var i = 0; i < labels.Length; i++) labels[i] = source.GroupOf(i, grouping);
        return SampleGroups.Members(labels);
    }

    private void Draw(Span<int> indices)
    {
        if (indices.Length > _count) throw new ArgumentException($"an active set of {indices.Length} samples was asked of {_count}", nameof(indices));
        int[][] order = [.. _generator.Choose(_groups.Count, _groups.Count).Select(g => _groups[g])];
        order = [.. order.Where(group => group.Length > 1), .. order.Where(group => group.Length == 1)];
        var taken = 0;
        foreach (var (group, quota) in order.Zip(Quotas(order, indices.Length)).Where(each => each.Second > 0))
        {
            foreach (var place in _generator.Choose(quota, group.Length)) indices[taken++] = group[place];
        }
    }

    /// <summary>How many samples of each group fill a set, in rounds of so many each.</summary>
    private int[] Quotas(int[][] order, int wanted)
    {
        var quotas = new int[order.Length];
        while (wanted > 0)
        {
            for (var g = 0; g < order.Length && wanted > 0; g++)
            {
                var more = Math.Min(Math.Min(_perGroup, order[g].Length - quotas[g]), wanted);
                quotas[g] += more;
                wanted -= more;
            }
        }
        return quotas;
    }
}

/// <summary>Sizes of a <see cref="GroupedActiveSet{T}"/>.</summary>
public static class GroupedActiveSet
{
    /// <summary>Samples of a group unless said: eight groups in the usual active set of 128.</summary>
    public const int UsualPerGroup = 16;
}
