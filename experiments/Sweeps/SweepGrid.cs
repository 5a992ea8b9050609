namespace PoseEngine.Experiments.Sweeps;

/// <summary>One setting of a grid with the values it takes.</summary>
/// <param name="Key">The setting.</param>
/// <param name="Values">Its values, each of the key's type.</param>
public sealed record GridAxis(MethodKey Key, IReadOnlyList<object> Values)
{
    /// <summary>An axis by the name of its key.</summary>
    public static GridAxis Of(string key, params object[] values) => new(MethodKeys.All.Single(k => k.Name == key), values);
}

/// <summary>All combinations of the values of some settings, for one method.</summary>
/// <param name="Method">The method.</param>
/// <param name="Axes">The settings named; all others keep their defaults.</param>
/// <param name="Iterations">Steps to take.</param>
/// <param name="EvaluateEvery">Steps between evaluations.</param>
public sealed record SweepGrid(string Method, IReadOnlyList<GridAxis> Axes, int Iterations, int EvaluateEvery)
{
    /// <summary>The configurations, the last axis fastest; their names state the settings named, in the order of the keys' table.</summary>
    /// <exception cref="UserErrorException">A combination of values is not allowed; the message is that of the train command.</exception>
    public IEnumerable<SweepConfiguration> Expand()
    {
        var axes = Axes.OrderBy(axis => MethodKeys.All.ToList().IndexOf(axis.Key)).ToList();
        var combinations = axes.Aggregate(
            (IEnumerable<(MethodSettings Settings, string Label)>)[(new MethodSettings { Method = Method }, Method)],
            (all, axis) => all.SelectMany(c => axis.Values.Select(v =>
                (axis.Key.Set(c.Settings, v), $"{c.Label} {axis.Key.Name}={MethodKey.Text(v)}"))));
        foreach (var (settings, label) in combinations)
        {
            yield return new SweepConfiguration(label, new ModelPlan(settings.Checked(), Iterations, EvaluateEvery).Checked());
        }
    }
}
