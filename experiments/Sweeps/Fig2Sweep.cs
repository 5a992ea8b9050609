namespace PoseEngine.Experiments.Sweeps;

/// <summary>
/// The built-in sweep <c>fig2</c>: all methods of section 5 over the settings that the paper varies. Soft-SGD over lambda
/// and eta, Soft-Adam (rate 1e-3) over lambda, the hard methods over eta, with 128 random and 16 mined active samples.
/// </summary>
public static class Fig2Sweep
{
    /// <summary>The name on the command line.</summary>
    public const string Name = "fig2";

    /// <summary>What a preset makes of it: sizes and grids.</summary>
    private sealed record Sizes(
        int Images, int Batch, int Seeds, ModelPlan Unconstrained, int Active, (int Soft, int Hard, int Every) Iterations,
        double[] Lambdas, double[] SoftEtas, double[] AdamLambdas, double[] HardEtas, HardAdamSizes HardAdam);

    /// <summary>
    /// Hard-Adam goes by MINRES-QLP, a hundred times as slow as the Gram matrix, so that it gets fewer samples and steps. Its
    /// epsilons are the printed one and one that evens the metric out.
    /// </summary>
    private sealed record HardAdamSizes(double[] Etas, int Active, int Warmup, int Iterations, int Every)
    {
        public static double[] Epsilons { get; } = [1e-8, 1e-2];
    }

    /// <summary>The sweep of a preset.</summary>
    /// <param name="preset">smoke, quick or paper.</param>
    /// <param name="seeds">How many seeds, or null for the preset's number.</param>
    /// <exception cref="UserErrorException">There is no such preset.</exception>
    public static SweepSpec OfPreset(string preset, int? seeds = null)
    {
        var sizes = preset switch
        {
            "smoke" => Smoke(),
            "quick" => Quick(),
            "paper" => Paper(),
            _ => throw new UserErrorException($"--preset {preset}: no such preset; choose one of {string.Join(", ", RunPlan.Presets)}"),
        };
        var count = seeds ?? sizes.Seeds;
        return new SweepSpec(
            Name, preset, new DataSettings { Images = sizes.Images }, sizes.Batch, [.. Enumerable.Range(1, count).Select(i => (long)i)],
            sizes.Unconstrained, [.. Grids(sizes).SelectMany(grid => grid.Expand())]);
    }

    /// <summary>Does everything run? Two minutes on two cores, with numbers that mean little.</summary>
    private static Sizes Smoke() => new(
        600, 32, 2, Unconstrained(150, 50), 32, (12, 6, 4),
        [1e-3, 1e-2], [100, 3000], [1e-4, 1e-2], [300, 3000], new([10_000], 8, 3, 9, 3));

    /// <summary>
    /// The lowest Soft-SGD eta diverges with the larger lambdas, which the paper's claim on its sensitivity is measured by.
    /// </summary>
    private static Sizes Quick() => new(
        10_000, 128, 3, Unconstrained(2000, 200), 128, (200, 60, 20),
        [1e-4, 1e-3, 1e-2], [100, 1000, 10_000], [1e-4, 3e-4, 1e-3, 1e-2, 1e-1], [100, 300, 1000, 3000], new([1000, 10_000], 16, 100, 130, 5));

    /// <summary>The sizes of section 5: 100 epochs of 80 % of 162,008 images, minibatches of 128.</summary>
    private static Sizes Paper()
    {
        const int epoch = RunPlan.PaperImages * 4 / 5 / 128;
        return new(
            RunPlan.PaperImages, 128, 3, Unconstrained(100 * epoch, epoch), 128, (10 * epoch, epoch, epoch / 10),
            [1e-5, 1e-4, 1e-3, 1e-2], [100, 300, 1000, 3000, 10_000], [1e-5, 1e-4, 1e-3, 1e-2, 1e-1],
            [100, 300, 1000, 3000, 10_000], new([300, 1000, 3000, 10_000], 128, 200, epoch, epoch / 10));
    }

    private static ModelPlan Unconstrained(int iterations, int every) => new(new MethodSettings { Method = "unconstrained" }, iterations, every);

    private static IEnumerable<SweepGrid> Grids(Sizes sizes)
    {
        var (soft, hard, every) = sizes.Iterations;
        var random = GridAxis.Of("active", sizes.Active);
        yield return new("soft-sgd", [Numbers("lambda", sizes.Lambdas), Numbers("eta", sizes.SoftEtas), random], soft, every);
        yield return new("soft-adam", [Numbers("lambda", sizes.AdamLambdas), GridAxis.Of("rate", 1e-3), random], soft, every);
        var etas = Numbers("eta", sizes.HardEtas);
        var (active, isRandom, isMined) = (GridAxis.Of("active", 16), GridAxis.Of("active-set", "random"), GridAxis.Of("active-set", "mined"));
        yield return new("hard-sgd", [etas, isRandom, random], hard, Math.Max(every / 2, 1));
        yield return new("hard-sgd", [etas, isMined, active], hard, Math.Max(every / 2, 1));

        // As many random samples as mined ones: what mining itself changes.
        yield return new("hard-sgd", [etas, isRandom, active], hard, Math.Max(every / 2, 1));

        // One configuration by the paper's solver, for its time and its Krylov iterations.
        yield return new(
            "hard-sgd", [GridAxis.Of("eta", sizes.HardEtas[sizes.HardEtas.Length / 2]), isRandom, active, GridAxis.Of("solver", "minres-qlp")],
            Math.Max(hard / 3, 1), Math.Max(every / 4, 1));
        var adam = sizes.HardAdam;
        yield return new(
            "hard-adam",
            [Numbers("eta", adam.Etas), isRandom, GridAxis.Of("active", adam.Active), GridAxis.Of("warmup", adam.Warmup), Numbers("epsilon", HardAdamSizes.Epsilons)],
            adam.Iterations, adam.Every);
    }

    private static GridAxis Numbers(string key, double[] values) => GridAxis.Of(key, [.. values.Cast<object>()]);
}
