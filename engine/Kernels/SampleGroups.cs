using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Groups of samples, on the host. A device takes a grouping of N samples as 2 N + 1 integers: the samples group by group
/// [N], in their order within each, then where each group begins among them [N + 1], with N behind the last group.
/// </summary>
public static class SampleGroups
{
    /// <summary>Integers of a grouping of so many samples.</summary>
    public static int Length(int samples) => (2 * samples) + 1;

    /// <summary>Lays out a grouping.</summary>
    /// <param name="labels">A number for each sample, which those of one group share [N].</param>
    /// <param name="layout">[2 N + 1], overwritten; groups stand in the order of their first samples.</param>
    /// <returns>The number of groups.</returns>
    /// <exception cref="ArgumentException">The layout has another length.</exception>
    public static int Lay(ReadOnlySpan<int> labels, Span<int> layout)
    {
        Guard.Equal(layout.Length, Length(labels.Length), "the layout of groups");
        var order = layout[..labels.Length];
        var begins = layout[labels.Length..];
        var groups = new Dictionary<int, int>();
        begins.Clear();
        foreach (var label in labels)
        {
            groups.TryAdd(label, groups.Count);
            begins[groups[label]]++;
        }
        // Counts become ends; filled from behind they become begins.
        for (var g = 1; g < begins.Length; g++) begins[g] += begins[g - 1];
        for (var k = labels.Length - 1; k >= 0; k--) order[--begins[groups[labels[k]]]] = k;
        return groups.Count;
    }

    /// <summary>Groupings of samples on a device [K, 2 N + 1], as batches carry them.</summary>
    /// <typeparam name="T">The number type of the device.</typeparam>
    /// <param name="device">Where they go.</param>
    /// <param name="labels">For each grouping a number for each sample; all of one length.</param>
    public static Tensor<int> On<T>(Device<T> device, params IReadOnlyList<int[]> labels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var length = Length(labels[0].Length);
        var layouts = new int[labels.Count * length];
        for (var grouping = 0; grouping < labels.Count; grouping++) Lay(labels[grouping], layouts.AsSpan(grouping * length, length));
        var groupings = device.Zeros<int>(new Shape(labels.Count, length));
        groupings.CopyFrom(layouts);
        return groupings;
    }

    /// <summary>The members of each group, in the order of their first samples.</summary>
    public static IReadOnlyList<int[]> Members(ReadOnlySpan<int> labels)
    {
        var layout = new int[Length(labels.Length)];
        var groups = new int[Lay(labels, layout)][];
        var begins = layout.AsSpan(labels.Length);
        for (var g = 0; g < groups.Length; g++) groups[g] = layout[begins[g]..begins[g + 1]];
        return groups;
    }

    /// <summary>Takes the mean of its group out of each value.</summary>
    /// <param name="values">[N], overwritten.</param>
    /// <param name="labels">A number for each sample, which those of one group share [N].</param>
    /// <exception cref="ArgumentException">There is not a label a value.</exception>
    public static void Centre(Span<double> values, ReadOnlySpan<int> labels)
    {
        Guard.Equal(labels.Length, values.Length, "the groups of values");
        foreach (var members in Members(labels))
        {
            var sum = 0.0;
            foreach (var k in members) sum += values[k];
            foreach (var k in members) values[k] -= sum / members.Length;
        }
    }
}
