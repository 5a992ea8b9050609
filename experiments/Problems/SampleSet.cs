using PoseEngine.Expressions;

namespace PoseEngine.Experiments.Problems;

/// <summary>
/// Samples of a problem: as training takes them, with inputs and targets in the network's own units, and as reports show
/// them, in the unit of the files.
/// </summary>
internal abstract class SampleSet
{
    public int Count => Source.Count;

    /// <summary>The samples as training takes them.</summary>
    public abstract ISampleSource Source { get; }

    /// <summary>The targets [N, outputs] in their own unit; empty where there are none.</summary>
    public abstract double[] Targets { get; }

    /// <summary>The columns [N, K] that constraints read, in their own unit; empty where there are none.</summary>
    public virtual double[] Columns => [];

    /// <summary>At most so many of the samples, evenly spaced.</summary>
    public abstract SampleSet Some(int most);

    /// <summary>Evenly spaced members of a list, at most so many.</summary>
    protected static int[] Spaced(int[] indices, int most)
        => most >= indices.Length ? indices : [.. Enumerable.Range(0, most).Select(i => indices[(int)((long)i * indices.Length / most)])];
}

internal sealed class PackSamples(PackSource pack, OutputScale scale) : SampleSet
{
    private double[]? _targets;

    public PackSource Pack => pack;

    public override ISampleSource Source { get; } = new ScaledImages(pack, scale);

    public override double[] Targets
    {
        get
        {
            if (_targets is not null) return _targets;
            _targets = new double[pack.Count * pack.Outputs];
            for (var i = 0; i < pack.Count; i++) pack.CopyTarget(i, _targets.AsSpan(i * pack.Outputs, pack.Outputs));
            return _targets;
        }
    }

    public override SampleSet Some(int most) => most >= pack.Count ? this : new PackSamples(pack.Some(most), scale);
}

/// <summary>Images whose targets are in the network's units.</summary>
internal sealed class ScaledImages(IImageSource images, OutputScale scale) : IImageSource
{
    public int Count => images.Count;
    public Shape Image => images.Image;
    public int Outputs => images.Outputs;
    public int Columns => images.Columns;

    public void CopyImage(int index, Span<byte> image) => images.CopyImage(index, image);

    public void CopyColumns(int index, Span<double> columns) => images.CopyColumns(index, columns);

    public void CopyTarget(int index, Span<double> target)
    {
        images.CopyTarget(index, target);
        for (var j = 0; j < target.Length; j++) target[j] = scale.FromTarget(j, target[j]);
    }
}

/// <summary>Samples out of files of numbers, or of images as bytes.</summary>
/// <param name="data">All samples of the files.</param>
internal sealed class NumberSamples(NumberData data, int[] indices) : SampleSet
{
    private ISampleSource? _source;
    private double[]? _targets;

    public override ISampleSource Source => _source ??= data.SourceOf(indices);
    public override double[] Targets => _targets ??= NumberData.Rows(data.Targets, data.Outputs, indices);
    public override double[] Columns => NumberData.Rows(data.Columns, data.ColumnCount, indices);

    public override SampleSet Some(int most) => most >= indices.Length ? this : new NumberSamples(data, Spaced(indices, most));
}
