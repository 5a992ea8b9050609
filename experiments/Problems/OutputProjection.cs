namespace PoseEngine.Experiments.Problems;

/// <summary>Outputs moved to the nearest points at which a model's constraints hold.</summary>
/// <param name="Outputs">[N, outputs] in the unit of the targets.</param>
/// <param name="Report">What became of the samples.</param>
internal sealed record ProjectedOutputs(double[] Outputs, ProjectionReport Report);

/// <summary>The projection of outputs in the unit of the targets. Nearest is meant in the network's own units, in which every output has a
/// spread of its own; it is found in float64 on the CPU, whatever device the network runs on.</summary>
internal static class OutputProjection
{
    /// <summary>Projects samples.</summary>
    /// <param name="texts">Constraints on the network's outputs, with their scale.</param>
    /// <param name="outputs">[N, outputs] in the unit of the targets.</param>
    /// <param name="columns">The columns that texts read [N, K]; empty where they read none.</param>
    public static ProjectedOutputs Of(ConstraintTexts texts, double[] outputs, double[] columns)
    {
        var (width, scale) = (texts.Variables.Outputs, texts.Variables.Scale);
        var samples = outputs.Length / width;
        if (samples == 0) return new([], default);
        using var device = new CpuDevice<double>();
        using var projection = new Projection<double>(device, texts, samples);
        var shape = new Shape(samples, width);
        double[] raw = scale is null ? outputs : [.. outputs.Select((y, i) => scale.FromTarget(i % width, y))];
        var nearest = device.Zeros(shape);
        var x = columns.Length == 0 ? default : device.From(columns, new Shape(samples, columns.Length / samples));
        projection.Project(device.From(raw, shape), x, nearest);
        var projected = nearest.ToArray();
        // What was not moved keeps its digits.
        for (var i = 0; i < projected.Length && scale is not null; i++) projected[i] = projected[i] == raw[i] ? outputs[i] : scale.ToTarget(i % width, projected[i]);
        return new(projected, projection.Report());
    }

    /// <summary>The largest |C| of the rows on one sample, in the unit of their text.</summary>
    /// <inheritdoc cref="Of"/>
    public static double Largest(ConstraintTexts texts, double[] outputs, double[] columns)
    {
        var (width, scale, rows) = (texts.Variables.Outputs, texts.Variables.Scale, texts.Rows);
        var samples = outputs.Length / width;
        using var device = new CpuDevice<double>(1);
        var values = device.Zeros(samples * rows.Count);
        new ConstraintSet<double>(device, texts).Evaluate(
            device.From(scale is null ? outputs : [.. outputs.Select((y, i) => scale.FromTarget(i % width, y))], new Shape(samples, width)),
            columns.Length == 0 ? default : device.From(columns, new Shape(samples, columns.Length / samples)), values);
        return values.ToArray().Select((c, i) => (Row: i % rows.Count, Size: Math.Abs(c))).Where(own => rows[own.Row].Group is null)
            .Max(own => own.Size * texts.Units[own.Row]);
    }
}
