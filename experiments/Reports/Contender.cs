namespace PoseEngine.Experiments.Reports;

/// <summary>The models of one configuration after some iterations, over seeds.</summary>
internal sealed record PathPoint(int Iteration, Spread Error, Spread Median)
{
    public bool IsFinite => Error.Count > 0 && Median.Count > 0;
}

/// <summary>A configuration as comparisons see it: a model of a run, or the models of a sweep's configuration over seeds.</summary>
internal interface IContender
{
    string Shown { get; }

    string Method { get; }

    /// <summary>Its evaluations over the iterations, those with finite figures.</summary>
    IReadOnlyList<PathPoint> Path { get; }

    Spread Error { get; }
    Spread Median { get; }

    /// <summary>The models at the end, one a seed.</summary>
    IEnumerable<ModelSummary> Models { get; }

    MethodClass Class => MethodClasses.Of(Method);
}
