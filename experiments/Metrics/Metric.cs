namespace PoseEngine.Experiments.Metrics;

/// <summary>The values of a metric: one, one for each constraint, or one for each point (each output where there are no points).</summary>
internal enum MetricParts
{
    One, Constraints, Outputs,
}

/// <summary>A row of the table of metrics: files, tables, figures and pages are made from it.</summary>
/// <param name="Key">The name in files, without unit.</param>
internal sealed record Metric(string Key, string Title, Func<Measured, IEnumerable<double>> Compute)
{
    /// <summary>The name over a narrow column.</summary>
    public string Short { get => field ?? Title; init; }

    public MetricParts Parts { get; init; }

    /// <summary>Whether it is in the unit of the targets.</summary>
    public bool HasUnit { get; init; } = true;

    /// <summary>Whether smaller values are better.</summary>
    public bool LowerIsBetter { get; init; } = true;

    /// <summary>The title, for readers who take smaller values for better ones.</summary>
    public string Heading => LowerIsBetter ? Title : $"{Title} (higher is better)";

    /// <summary>Whether it is measured at every evaluation of a training run.</summary>
    public bool InTraining { get; init; }

    /// <summary>Whether it counts what should not be: a table of runs leaves it out where it is 0 throughout.</summary>
    public bool IsFault { get; init; }

    /// <summary>Whether it is of outputs that were projected onto the constraints.</summary>
    public bool IsProjected { get; init; }

    /// <summary>Whether summaries of breakdowns show it.</summary>
    public bool InGroups { get; init; }

    public Func<Problem, bool> AppliesTo { get; init; } = _ => true;

    /// <summary>The name in files on a problem: "errorMm" where the targets are millimetres.</summary>
    public string NameOn(Problem problem) => HasUnit && problem.Spec.Unit == "mm" ? Key + "Mm" : Key;
}
