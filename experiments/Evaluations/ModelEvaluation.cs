namespace PoseEngine.Experiments.Evaluations;

/// <summary>A model measured on some samples, with the mean training target beside it.</summary>
/// <param name="Name">"validation", "train" or "all".</param>
/// <param name="Available">The samples there are; fewer may have been measured.</param>
/// <param name="Samples">Those that were measured.</param>
/// <param name="Mean">Always answering the mean training target; null where there are no targets.</param>
internal sealed record SubsetEvaluation(string Name, int Available, SampleSet Samples, Measured Model, Measured? Mean)
{
    /// <summary>The breakdowns: of a pack by subject (which for clips is the clip), camera and kind of source.</summary>
    public IReadOnlyList<(string Kind, IReadOnlyList<MetricGroup> Groups)> Breakdowns { get; } = Samples is not PackSamples { Pack: var pack } ? [] :
    [
        ("subject", MetricGroup.By(Model, Mean!, k => pack.Entry(k).Subject)),
        ("camera", [.. MetricGroup.By(Model, Mean!, k => $"{pack.Entry(k).Camera}").OrderBy(g => g.Name.Length).ThenBy(g => g.Name, StringComparer.Ordinal)]),
        ("source", MetricGroup.By(Model, Mean!, k => pack.Entry(k).Source.Split(':')[0])),
    ];

    public double Value(string key) => Model.Value(key);

    public double[] Values(string key) => Model.Values(key);
}

/// <summary>One part of a breakdown.</summary>
/// <param name="Name">The subject, camera or source.</param>
/// <param name="Mean">The mean training target on them.</param>
internal sealed record MetricGroup(string Name, Measured Model, Measured Mean)
{
    /// <summary>The parts of each key, in the order of the keys' first samples.</summary>
    public static IReadOnlyList<MetricGroup> By(Measured model, Measured mean, Func<int, string> key)
        => [.. Enumerable.Range(0, model.Samples).GroupBy(key).Select(group => new MetricGroup(group.Key, model.Some([.. group]), mean.Some([.. group])))];
}

/// <summary>All that <c>poseengine evaluate</c> finds out.</summary>
/// <param name="Model">The path of the model file.</param>
/// <param name="Device">"cpu" or "cuda".</param>
/// <param name="Precision">"float32" or "float64".</param>
/// <param name="Main">The samples that were asked for.</param>
/// <param name="Train">The training half beside them; null where it is the main one or of other data.</param>
internal sealed record ModelEvaluation(
    string Model, string Data, string Device, string Precision, SubsetEvaluation Main, SubsetEvaluation? Train, IReadOnlyList<SanityGate> Gates)
{
    public Problem Problem => Main.Model.Problem;

    /// <summary>Whether figures of projected outputs stand beside the others.</summary>
    public bool Projects { get; init; }

    /// <summary>The main samples, and the training half where it was measured.</summary>
    public IReadOnlyList<SubsetEvaluation> Subsets => Train is null ? [Main] : [Main, Train];

    /// <summary>The outputs or points by name.</summary>
    public IReadOnlyList<string> OutputNames => Problem.IsPose ? Enum.GetNames<Joint>() : Problem.OutputNames;

    public string OutputWord => Problem.IsPose ? "joint" : Problem.Spec.Points.Count > 0 ? "point" : "output";

    public string Word => Main.Samples is PackSamples ? "images" : "samples";
}
