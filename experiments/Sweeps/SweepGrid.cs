namespace PoseEngine.Experiments.Sweeps;

/// <summary>A setting with the values that a grid gives it.</summary>
internal sealed record GridAxis(Setting Setting, IReadOnlyList<(object Value, ValueSource Source)> Values);

/// <summary>All combinations of the values of some settings, for one method.</summary>
/// <param name="Constraints">The names of the problem's constraints.</param>
/// <param name="Axes">The settings named; all others keep their defaults.</param>
/// <param name="Iterations">Steps to take.</param>
/// <param name="EvaluateEvery">Steps between evaluations.</param>
internal sealed record SweepGrid(Method Method, IReadOnlyList<string> Constraints, IReadOnlyList<GridAxis> Axes, int Iterations, int EvaluateEvery)
{
    /// <summary>The order in which names of cells, and so of their folders, state settings; what belongs to one method alone stands between
    /// the two.</summary>
    private static readonly Setting[] First =
    [
        Setting.Lambda, Setting.Eta, Setting.Rate, Setting.Penalty, Setting.ActiveSet, Setting.Active, Setting.MiningPool, Setting.LambdaSchedule, Setting.RateSchedule,
    ];

    private static readonly Setting[] Last = [Setting.Epsilon, Setting.Solver, Setting.Tolerance, Setting.MaxKrylov, Setting.OnUnconverged, Setting.Average];

    /// <summary>The configurations, the last axis fastest; their names state the settings named.</summary>
    /// <exception cref="UserErrorException">A combination of values is not allowed; the message is that of the train command.</exception>
    public IEnumerable<SweepConfiguration> Expand()
    {
        var combinations = Axes.OrderBy(axis => PlaceOf(axis.Setting)).Aggregate(
            (IEnumerable<(MethodSettings Settings, string Label)>)[(new MethodSettings(Method, Constraints), Method.Name)],
            (all, axis) => all.SelectMany(c => axis.Values.Select(v =>
                (c.Settings.With(axis.Setting, v.Value, v.Source), $"{c.Label} {axis.Setting.Name}={axis.Setting.Text(v.Value)}"))));
        foreach (var (settings, label) in combinations)
        {
            yield return new SweepConfiguration(label, new ModelPlan(settings.Checked(), Iterations, EvaluateEvery).Checked());
        }
    }

    private static int PlaceOf(Setting setting)
        => Array.IndexOf(First, setting) is >= 0 and var place ? place : First.Length + 1 + Array.IndexOf(Last, setting);
}
