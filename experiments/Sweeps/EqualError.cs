namespace PoseEngine.Experiments.Sweeps;

/// <summary>The violation of one front against another's at equal error, seed by seed.</summary>
/// <param name="Ratio">
/// The geometric mean of the ratios over the levels at which both have a model, over the seeds; no count where there are none.
/// </param>
/// <param name="Unreached">Pairs of seed and level at which only the reference has a model.</param>
/// <param name="Ahead">Pairs at which only the compared one has a model.</param>
/// <param name="Shared">Pairs at which both have one.</param>
internal sealed record EqualError(Spread Ratio, int Unreached, int Ahead, int Shared)
{
    /// <summary>Whether anything can be said.</summary>
    public bool IsMeasured => Unreached + Ahead + Shared > 0;

    /// <summary>The number that verdicts use: the median ratio; infinite where the compared method has no model at most levels at which the
    /// reference has one, 0 where the reference lacks them.</summary>
    public double Decisive => Unreached > Shared + Ahead ? double.PositiveInfinity
        : Ahead > Shared + Unreached ? 0
        : Ratio.Count > 0 ? Ratio.Median
        : Unreached >= Ahead ? double.PositiveInfinity : 0;

    /// <summary>Compares fronts at the levels of <see cref="Claims.Levels"/>, over the seeds for which both have ended cells.</summary>
    /// <param name="startErrors">The unconstrained model's error of each seed.</param>
    public static EqualError Compare(SeedFronts fronts, SeedFronts reference, IReadOnlyDictionary<long, double> startErrors, double meanPoseError)
    {
        var ratios = new List<double>();
        var (unreached, ahead, shared) = (0, 0, 0);
        // Also seeds for which one of them never came to an evaluated model.
        foreach (var seed in fronts.Ended.Intersect(reference.Ended).Where(startErrors.ContainsKey))
        {
            var logs = new List<double>();
            foreach (var error in Claims.LevelErrors(startErrors[seed], meanPoseError))
            {
                var (mine, theirs) = (ViolationAt(fronts, seed, error), ViolationAt(reference, seed, error));
                if (double.IsFinite(mine) && double.IsFinite(theirs))
                {
                    shared++;
                    // A violation of exactly 0 has no logarithm; a micrometre is as good.
                    logs.Add(Math.Log(Math.Max(mine, 1e-3) / Math.Max(theirs, 1e-3)));
                }
                else if (double.IsFinite(theirs)) unreached++;
                else if (double.IsFinite(mine)) ahead++;
            }
            if (logs.Count > 0) ratios.Add(Math.Exp(logs.Average()));
        }
        return new(Spread.Of(ratios), unreached, ahead, shared);
    }

    private static double ViolationAt(SeedFronts fronts, long seed, double error) => fronts[seed]?.ViolationAt(error) ?? double.NaN;

    /// <summary>"Hard-SGD violates 1.32 times as much as Soft-Adam at equal error (1.1 to 1.6 over 3 seeds)" and where it has no model.</summary>
    public string Text(string name, string reference)
    {
        var total = Shared + Unreached + Ahead;
        var text = Ratio.Count == 0 ? $"{name} and {reference}: at no error compared do both have a model"
            : $"{name} violates {Num.Short(Ratio.Median)} times as much as {reference} at equal error"
            + (Ratio.Count > 1 ? $" ({Num.Short(Ratio.Low)} to {Num.Short(Ratio.High)} over {Ratio.Count} seeds)" : " (one seed)");
        if (Unreached > 0) text += $"; at {Unreached} of {total} errors compared {name} has no model";
        if (Ahead > 0) text += $"; at {Ahead} of {total} only {name} has one";
        return text;
    }
}
