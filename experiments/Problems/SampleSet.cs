using PoseEngine.Expressions;

namespace PoseEngine.Experiments.Problems;

/// <summary>Samples of a problem: as training takes them, with inputs and targets in the network's own units, and as reports show them, in
/// the unit of the files.</summary>
internal abstract class SampleSet
{
    public int Count => Source.Count;

    /// <summary>The samples as training takes them.</summary>
    public abstract ISampleSource Source { get; }

    /// <summary>The targets [N, outputs] in their own unit; empty where there are none.</summary>
    public abstract double[] Targets { get; }

    /// <summary>The columns [N, K] that constraints read, in their own unit; empty where there are none.</summary>
    public virtual double[] Columns => [];

    /// <summary>The groups [N, K] within which constraints are the same, as numbers; empty where there are none.</summary>
    public int[] Groups
    {
        get
        {
            var groups = new int[Count * Source.Groupings];
            for (var at = 0; at < groups.Length; at++) groups[at] = Source.GroupOf(at / Source.Groupings, at % Source.Groupings);
            return groups;
        }
    }

    /// <summary>The group of each sample by one column [N].</summary>
    public int[] GroupsOf(int grouping) => [.. Enumerable.Range(0, Count).Select(k => Source.GroupOf(k, grouping))];

    /// <summary>At most so many of the samples, evenly spaced.</summary>
    public abstract SampleSet Some(int most);

    /// <summary>What a user finds a sample by: "image 812" of a pack, counted from 0, or "row 17" of a file of numbers, from 1.</summary>
    public abstract string NameOf(int sample);

    /// <summary>Evenly spaced members of a list, at most so many.</summary>
    protected static int[] Spaced(int[] indices, int most)
        => most >= indices.Length ? indices : [.. Enumerable.Range(0, most).Select(i => indices[(int)((long)i * indices.Length / most)])];
}

internal sealed class PackSamples(PackSource pack, OutputScale scale) : SampleSet
{
    private double[]? _targets;

    public PackSource Pack => pack;

    public override ISampleSource Source { get; } = new ScaledImages(pack, scale);

    public override double[] Targets => _targets ??= pack.Targets();

    public override SampleSet Some(int most) => most >= pack.Count ? this : new PackSamples(pack.Some(most), scale);

    public override string NameOf(int sample) => $"image {pack.Place(sample)}";
}

/// <summary>Samples out of files of numbers, or of images as bytes.</summary>
internal sealed class NumberSamples(NumberData data, int[] indices) : SampleSet
{
    private ISampleSource? _source;
    private double[]? _targets;

    public override ISampleSource Source => _source ??= data.SourceOf(indices);
    public override double[] Targets => _targets ??= NumberData.Rows(data.Targets, data.Outputs, indices);
    public override double[] Columns => NumberData.Rows(data.Columns, data.ColumnCount, indices);

    public override SampleSet Some(int most) => most >= indices.Length ? this : new NumberSamples(data, Spaced(indices, most));

    public override string NameOf(int sample) => $"row {indices[sample] + 1}";
}
