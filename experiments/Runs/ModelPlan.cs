namespace PoseEngine.Experiments.Runs;

/// <summary>One model of a run: what trains it and for how long.</summary>
/// <param name="Settings">The method and its settings.</param>
/// <param name="Iterations">Steps to take.</param>
/// <param name="EvaluateEvery">Steps between evaluations on the validation set.</param>
public sealed record ModelPlan(MethodSettings Settings, int Iterations, int EvaluateEvery)
{
    /// <summary>Steps between checkpoints: what a killed run may lose. Hard steps take longer, so fewer of them may be lost.</summary>
    public int CheckpointEvery { get; init; } = Settings.IsHard ? 10 : 100;

    /// <summary>This plan, after a look at what depends on settings and iterations.</summary>
    /// <exception cref="UserErrorException">No step would move the parameters.</exception>
    public ModelPlan Checked()
        => Settings.Method == "hard-adam" && Iterations <= Settings.Warmup
            ? throw new UserErrorException($"--iterations {Iterations}: the first {Settings.Warmup} only warm the moments of hard-adam; take more, or a smaller --warmup")
            : this;
}

/// <summary>The sizes of a whole run.</summary>
/// <param name="Preset">The name that the command line gives it.</param>
/// <param name="Images">Images of the walker pack at the most.</param>
/// <param name="Batch">Samples of a minibatch.</param>
/// <param name="Unconstrained">The model that the others start from.</param>
/// <param name="Constrained">The others.</param>
public sealed record RunPlan(
    string Preset, int Images, int Batch, ModelPlan Unconstrained, IReadOnlyList<ModelPlan> Constrained)
{
    /// <summary>The number of images of the Walking sequences of Human3.6M, which the paper uses.</summary>
    public const int PaperImages = 162_008;

    /// <summary>The presets by name.</summary>
    public static IReadOnlyList<string> Presets { get; } = ["smoke", "quick", "paper"];

    /// <summary>The plan of a preset.</summary>
    /// <exception cref="UserErrorException">There is no such preset.</exception>
    public static RunPlan OfPreset(string name) => name switch
    {
        "smoke" => Smoke(),
        "quick" => Quick(),
        "paper" => Paper(),
        _ => throw new UserErrorException($"--preset {name}: no such preset; choose one of {string.Join(", ", Presets)}"),
    };

    /// <summary>Every method for a few steps: does it run at all?</summary>
    private static RunPlan Smoke() => new(
        "smoke",
        600,
        32,
        new ModelPlan(Method("unconstrained"), 30, 15),
        [
            new ModelPlan(Method("soft-sgd") with { Eta = SoftSgdEta(1e-3), ActiveSamples = 32 }, 5, 5),
            new ModelPlan(Method("soft-adam") with { ActiveSamples = 32 }, 5, 5),
            new ModelPlan(Method("hard-sgd") with { ActiveSamples = 8 }, 3, 3),
            new ModelPlan(Method("hard-sgd") with { ActiveSet = "mined", ActiveSamples = 8, MiningPool = 64 }, 3, 3),
            new ModelPlan(Method("hard-adam") with { ActiveSamples = 8, Warmup = 3, MaxKrylovIterations = 10 }, 5, 4),
            new ModelPlan(Method("hard-lm") with { ActiveSamples = 8, MaxKrylovIterations = 10 }, 2, 2),
        ]);

    /// <summary>
    /// About five minutes on two cores. eta comes from sweeps over 30 to 3000: at 100 Soft-SGD diverges, and the larger eta
    /// is, the less of the error that the hard projection costs is won back by the gradient step. With 128 active samples
    /// the constraints hold within a millimetre after 20 steps, and the error has grown threefold; after 30 to 40 the
    /// rows become dependent and nothing is left to train. Hard-Adam comes with the epsilon as printed and with one that evens
    /// its metric out: at eta = 1000, Adam's usual rate, the former diverges within ten steps.
    /// </summary>
    private static RunPlan Quick() => new(
        "quick",
        10_000,
        128,
        new ModelPlan(Method("unconstrained"), 2000, 200),
        [
            new ModelPlan(Method("soft-sgd") with { Eta = SoftSgdEta(1e-3) }, 200, 50),
            new ModelPlan(Method("soft-adam") with { Lambda = 3e-4 }, 300, 50),
            new ModelPlan(Method("soft-adam") with { Lambda = 1e-3 }, 300, 50),
            new ModelPlan(Method("hard-sgd") with { Eta = 300, ActiveSamples = 16 }, 60, 10),
            new ModelPlan(Method("hard-sgd") with { Eta = 1000, ActiveSamples = 16 }, 60, 10),
            new ModelPlan(Method("hard-sgd") with { Eta = 100 }, 20, 5),
            new ModelPlan(Method("hard-sgd") with { ActiveSet = "mined" }, 40, 10),
            new ModelPlan(Method("hard-adam") with { ActiveSamples = 16, Warmup = 100 }, 120, 5),
            new ModelPlan(Method("hard-adam") with { ActiveSamples = 16, Warmup = 100, Epsilon = 1e-2 }, 120, 5),
            new ModelPlan(Method("hard-lm") with { ActiveSamples = 16 }, 6, 2),
        ]);

    /// <summary>The sizes of section 5: 100 epochs of 80 % of 162,008 images, minibatches of 128.</summary>
    private static RunPlan Paper()
    {
        const int epoch = PaperImages * 4 / 5 / 128;
        var constrained = new List<ModelPlan>();
        foreach (var lambda in (double[])[1e-4, 1e-3, 1e-2])
        {
            constrained.Add(new ModelPlan(Method("soft-sgd") with { Lambda = lambda, Eta = SoftSgdEta(lambda) }, 10 * epoch, epoch));
            constrained.Add(new ModelPlan(Method("soft-adam") with { Lambda = lambda }, 10 * epoch, epoch));
        }
        foreach (var eta in (double[])[300, 1000, 3000])
        {
            constrained.Add(new ModelPlan(Method("hard-sgd") with { Eta = eta }, epoch, epoch / 10));
            constrained.Add(new ModelPlan(Method("hard-sgd") with { Eta = eta, ActiveSet = "mined" }, epoch, epoch / 10));
        }
        constrained.Add(new ModelPlan(Method("hard-adam"), epoch, epoch / 10));
        constrained.Add(new ModelPlan(Method("hard-lm") with { ActiveSet = "mined" }, epoch / 10, epoch / 100));
        return new RunPlan("paper", PaperImages, 128, new ModelPlan(Method("unconstrained"), 100 * epoch, epoch), constrained);
    }

    /// <summary>
    /// An eta at which Soft-SGD is stable: it must exceed half the curvature of the loss with its penalty, and the
    /// penalty's grows with lambda. At lambda = 1e-3 and 128 active samples 100 diverges, 300 is close to the edge.
    /// </summary>
    private static double SoftSgdEta(double lambda) => Math.Max(1000, 1e6 * lambda);

    private static MethodSettings Method(string name) => new() { Method = name };
}
