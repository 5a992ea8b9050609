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
