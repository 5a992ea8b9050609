namespace PoseEngine.Experiments.Evaluations;

/// <summary>Measures a model file on a pack.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="model">The model, for images of 3 x 128 x 128 and 17 joints.</param>
/// <param name="observer">Hears of the progress.</param>
/// <param name="token">Ends the work.</param>
internal sealed class ModelEvaluator<T>(ModelFile<T> model, Problem problem, IRunObserver observer, CancellationToken token)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Images that are looked at in the mirror; the comparison needs no more.</summary>
    private const int MirroredAtMost = 512;

    /// <summary>Measures samples against their true poses.</summary>
    /// <param name="name">What the samples are called.</param>
    /// <param name="source">The samples.</param>
    /// <param name="most">Samples to measure at the most, evenly spaced.</param>
    public SubsetEvaluation Measure(string name, SampleSet samples, int most = int.MaxValue)
    {
        var some = samples.Some(most);
        return SubsetEvaluation.Of(name, samples.Count, ((PackSamples)some).Pack, Predict(some.Source, $"evaluating {name} images"), problem.MeanTarget);
    }

    /// <summary>All checks of a measured subset; the mirror takes some predictions of its own.</summary>
    public IReadOnlyList<SanityGate> Gates(SubsetEvaluation subset)
    {
        var targets = SubsetEvaluation.TargetsOf(subset.Source);
        var exchanged = Evaluation.Of(SanityGate.Exchanged(subset.Predictions), targets).Error;
        return
        [
            SanityGate.AgainstMeanPose(subset.Metrics.Error, subset.MeanPose.Error),
            SanityGate.Aligned(subset.Metrics),
            SanityGate.Truth(targets),
            SanityGate.Exchange(subset.Metrics.Error, exchanged),
            Mirror(subset),
        ];
    }

    /// <summary>Un-mirroring predictions or mirroring true poses gives the same distances; poses are less work.</summary>
    private SanityGate Mirror(SubsetEvaluation subset)
    {
        var count = Math.Min(MirroredAtMost, subset.Source.Count);
        var some = subset.Source.Some(count);
        var mirrored = new MirroredSamples(some);
        var targets = new double[count * mirrored.Outputs];
        for (var i = 0; i < count; i++) mirrored.CopyTarget(i, targets.AsSpan(i * mirrored.Outputs, mirrored.Outputs));
        var error = Evaluation.Of(Predict(new ScaledImages(mirrored, problem.Scale.Outputs), "evaluating mirrored images"), targets).Error;
        // The same choice as Some made.
        var plain = Enumerable.Range(0, count).Average(i => subset.Errors.Plain[(int)((long)i * subset.Source.Count / count)]);
        return SanityGate.Mirror(plain, error, count);
    }

    private double[] Predict(ISampleSource source, string phase)
    {
        using var evaluator = new Evaluator<T>(model.Network, source);
        return ProblemParts<T>.Predict(problem, evaluator, model.Parameters, new PhaseReporter(phase, observer), token);
    }
}
