namespace PoseEngine.Expressions;

/// <summary>
/// What text means by an output: y = mean + spread z, where z is what the network computes. Text is written in the unit of
/// the targets, whatever the network's own unit is.
/// </summary>
public sealed class OutputScale
{
    private readonly double[] _means;
    private readonly double[] _spreads;

    /// <summary>A mean and a spread for each output.</summary>
    /// <param name="means">The value of y where z is 0.</param>
    /// <param name="spreads">The units of y in one unit of z, above 0.</param>
    /// <exception cref="ArgumentException">There is not one of each, or a number is not finite or a spread not above 0.</exception>
    public OutputScale(IReadOnlyList<double> means, IReadOnlyList<double> spreads)
    {
        Guard.Equal(spreads.Count, means.Count, "the spreads of outputs");
        (_means, _spreads) = ([.. means], [.. spreads]);
        if (!_means.All(double.IsFinite)) throw new ArgumentException("the means of outputs must be finite", nameof(means));
        if (!_spreads.All(spread => spread > 0 && double.IsFinite(spread))) throw new ArgumentException("the spreads of outputs must be numbers above 0", nameof(spreads));
        if (_spreads.Length > 0 && _spreads.All(spread => spread == _spreads[0]) && _means.All(mean => mean == 0)) Unit = _spreads[0];
    }

    /// <summary>The same unit for all outputs: y = unit z.</summary>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="unit">The units of y in one unit of z, above 0.</param>
    public static OutputScale Uniform(int outputs, double unit) => new(new double[outputs], [.. Enumerable.Repeat(unit, outputs)]);

    /// <summary>Mean and spread of columns over some rows; what never changes has no spread to be measured in and gets 1.</summary>
    /// <param name="values">[N, width], row-major.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="rows">The rows that count.</param>
    /// <param name="groups">Into how many groups of adjacent columns a row falls, each with one mean and spread.</param>
    /// <exception cref="ArgumentException">There are no rows, the groups do not fit the width, or a number is not finite.</exception>
    public static OutputScale OfSpread(double[] values, int width, int[] rows, int groups)
    {
        if (rows.Length == 0 || groups < 1 || width % groups != 0) throw new ArgumentException($"{rows.Length} rows of {width} numbers in {groups} groups have no mean and spread", nameof(rows));
        var each = width / groups;
        var (means, spreads) = (new double[groups], new double[groups]);
        for (var g = 0; g < groups; g++)
        {
            double[] own = [.. rows.SelectMany(row => values.AsSpan((row * width) + (g * each), each).ToArray())];
            means[g] = own.Average();
            var variance = own.Average(v => (v - means[g]) * (v - means[g]));
            spreads[g] = variance > 0 && double.IsNormal(Math.Sqrt(variance)) ? Math.Sqrt(variance) : 1;
        }
        return new OutputScale(means, spreads);
    }

    /// <summary>The mean of each output.</summary>
    public IReadOnlyList<double> Means => _means;

    /// <summary>The spread of each output.</summary>
    public IReadOnlyList<double> Spreads => _spreads;

    /// <summary>The one unit of all outputs, or null where they differ or have means.</summary>
    public double? Unit { get; }

    /// <summary>y of z.</summary>
    public double ToTarget(int output, double z) => _means[output] + (_spreads[output] * z);

    /// <summary>z of y.</summary>
    public double FromTarget(int output, double y) => (y - _means[output]) / _spreads[output];
}
