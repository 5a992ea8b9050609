namespace PoseEngine.Experiments.Reports;

/// <summary>One configuration as the report sees it: its evaluations over the iterations and where it ended.</summary>
/// <param name="End">The last state; of an unfinished model the last evaluation stands in.</param>
/// <param name="Lines">Evaluations in the order of iterations.</param>
/// <param name="Finished">Whether the model trained to its end.</param>
internal sealed record ModelTrace(ModelSummary End, IReadOnlyList<MetricLine> Lines, bool Finished) : IContender
{
    public string Name => End.Name;

    public string Shown => MethodClasses.Pretty(Name);

    public string Method => End.Method;

    public MethodClass Class => MethodClasses.Of(Method);

    public Spread Error => Spread.Of([End.Error]);

    public Spread Median => Spread.Of([End.MedianViolation]);

    public IEnumerable<ModelSummary> Models => [End];

    /// <summary>The evaluations, and where it ended.</summary>
    public IReadOnlyList<PathPoint> Path =>
        [.. Lines.Select(l => At(l.Iteration, l.Error, l.MedianViolation)).Append(At(End.Iterations, End.Error, End.MedianViolation)).Where(p => p.IsFinite).DistinctBy(p => (p.Iteration, p.Error.Median, p.Median.Median))];

    private static PathPoint At(int iteration, double error, double median) => new(iteration, Spread.Of([error]), Spread.Of([median]));
}

/// <summary>Everything a report is made of.</summary>
/// <param name="Summary">summary.json, or null while the run has not finished.</param>
/// <param name="Models">The configurations, the unconstrained model first.</param>
internal sealed record RunData(
    RunDirectory Directory, RunConfig Config, RunSummary? Summary, IReadOnlyList<ModelTrace> Models)
{
    public bool Finished => Summary is not null && Models.All(m => m.Finished);

    /// <summary>The error of the mean pose, NaN when it is not known yet.</summary>
    public double MeanPoseError => Summary?.Data.MeanPoseError ?? double.NaN;

    public ModelTrace? Unconstrained => Models.FirstOrDefault(m => m.Class == MethodClass.Unconstrained);

    public IEnumerable<ModelTrace> Constrained => Models.Where(m => m.Class != MethodClass.Unconstrained);

    /// <summary>Reads a run, finished or not; damaged files are reported as <see cref="UserErrorException"/>.</summary>
    public static RunData Load(RunDirectory directory)
    {
        var config = directory.ReadConfig();
        var summary = directory.ReadSummary();
        var lines = directory.ReadMetrics();
        var models = Merge(summary?.Models ?? [], lines);
        if (models.Count == 0)
            throw new UserErrorException(
                $"{directory.Path} holds no evaluation yet; let the run go on or start it again with --resume");
        return new(directory, config, summary, models);
    }

    private static List<ModelTrace> Merge(IReadOnlyList<ModelSummary> finished, IReadOnlyList<MetricLine> lines)
    {
        var byModel = lines.GroupBy(l => l.Model)
            .ToDictionary(g => g.Key, g => g.OrderBy(l => l.Iteration).ToList());
        var models = finished
            .Select(m => new ModelTrace(m, byModel.GetValueOrDefault(m.Name) ?? [], Finished: true)).ToList();
        models.AddRange(byModel.Where(p => finished.All(m => m.Name != p.Key))
            .Select(p => new ModelTrace(SoFar(p.Value), p.Value, Finished: false)));
        // A stable sort: the order of training stays within each class.
        return models.OrderBy(m => m.Class == MethodClass.Unconstrained ? 0 : 1).ToList();
    }

    private static ModelSummary SoFar(List<MetricLine> lines)
    {
        var last = lines[^1];
        var krylov = lines.Where(l => l.KrylovIterations is not null).Select(l => l.KrylovIterations!.Value).ToList();
        return new(
            last.Model, last.Method, new Dictionary<string, object?>(), last.Iteration, last.Iteration > 0 ? last.Seconds / last.Iteration : double.NaN,
            krylov.Count > 0 ? krylov.Average() : null, "", [])
        {
            Metrics = last.Metrics,
        };
    }
}
