namespace PoseEngine.Experiments.Evaluations;

/// <summary>Measures a model file on the samples of a problem.</summary>
/// <param name="model">The model, which fits the problem.</param>
/// <param name="observer">Hears of the progress.</param>
/// <param name="token">Ends the work.</param>
internal sealed class ModelEvaluator<T>(ModelFile<T> model, Problem problem, IRunObserver observer, CancellationToken token)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Images that are looked at in the mirror; the comparison needs no more.</summary>
    private const int MirroredAtMost = 512;

    /// <summary>Measures samples.</summary>
    /// <param name="name">What the samples are called.</param>
    /// <param name="most">Samples to measure at the most, evenly spaced.</param>
    public SubsetEvaluation Measure(string name, SampleSet samples, int most = int.MaxValue)
    {
        var some = samples.Some(most);
        var measured = Measured.Of(problem, some, Predict(some.Source, $"evaluating {name} {(some is PackSamples ? "images" : "samples")}"));
        return new SubsetEvaluation(name, samples.Count, some, measured, problem.Spec.Objective is null ? measured.OfConstant(problem.MeanTarget) : null);
    }

    /// <summary>All checks of a measured subset; the mirror takes some predictions of its own.</summary>
    /// <param name="projects">Whether projected figures are wanted.</param>
    public IReadOnlyList<SanityGate> Gates(SubsetEvaluation subset, bool projects)
    {
        if (subset.Mean is null) return [];
        var error = subset.Value("error");
        List<SanityGate> gates = [AgainstMean(subset, subset.Mean, projects), SanityGate.Truth(subset.Model)];
        if (!problem.IsPose) return gates;
        gates.Insert(1, SanityGate.Aligned(subset.Value("paMpjpe"), error));
        gates.Add(SanityGate.Exchange(error, subset.Model.With(SanityGate.Exchanged(subset.Model.Predictions)).Value("error")));
        gates.Add(Mirror(subset, ((PackSamples)subset.Samples).Pack));
        return gates;
    }

    /// <summary>Of a model that was trained through the projection by what it is meant to answer: nothing holds its raw outputs.</summary>
    private SanityGate AgainstMean(SubsetEvaluation subset, Measured mean, bool projects)
    {
        var isMeantProjected = projects && MethodRegistry.Find(model.Metadata.GetValueOrDefault("method", ""))?.TrainsProjected == true;
        var (key, of) = isMeantProjected ? ("projectedError", "error of the projected outputs") : ("error", "error");
        return SanityGate.AgainstMean(subset.Value(key), mean.Value("error"), problem.IsPose, of);
    }

    /// <summary>Un-mirroring predictions or mirroring true poses gives the same distances; poses are less work.</summary>
    private SanityGate Mirror(SubsetEvaluation subset, PackSource pack)
    {
        var count = Math.Min(MirroredAtMost, pack.Count);
        var some = subset.Samples.Some(count);
        var mirrored = new MirroredSamples(pack.Some(count));
        var targets = new double[count * mirrored.Outputs];
        for (var i = 0; i < count; i++) mirrored.CopyTarget(i, targets.AsSpan(i * mirrored.Outputs, mirrored.Outputs));
        var predictions = Predict(new ScaledImages(mirrored, problem.Scale.Outputs), "evaluating mirrored images");
        // The same choice as Some made.
        var plain = Enumerable.Range(0, count).Average(i => subset.Model.SampleErrors[(int)((long)i * pack.Count / count)]);
        return SanityGate.Mirror(plain, Measured.Of(problem, predictions, targets, [], some.Groups).Value("error"), count);
    }

    private double[] Predict(ISampleSource source, string phase)
    {
        using var evaluator = new Evaluator<T>(model.Network, source);
        return ProblemParts<T>.Predict(problem, evaluator, model.Parameters, new PhaseReporter(phase, observer), token);
    }
}
