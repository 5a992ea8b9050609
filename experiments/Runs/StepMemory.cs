namespace PoseEngine.Experiments.Runs;

/// <summary>
/// The memory of one training step, in bytes, found before anything is allocated by constructing the method on a
/// <see cref="MeasuringDevice{T}"/>. Kernels' scratch memory is a few per cent more and not counted.
/// </summary>
/// <param name="Settings">The method.</param>
/// <param name="Vectors">Parameters, gradient, step, moments: vectors as long as the parameters.</param>
/// <param name="Linearizations">Values and gates of the minibatch and of the active set, and of candidates of mining.</param>
/// <param name="Solver">Vectors of MINRES-QLP, adjoints, rows and factors of the Gram matrix.</param>
/// <param name="Images">Images and targets of both.</param>
public sealed record StepMemory(MethodSettings Settings, long Vectors, long Linearizations, long Solver, long Images)
{
    private const double Megabyte = 1e6;

    /// <summary>The sum.</summary>
    public long Total => Vectors + Linearizations + Solver + Images;

    /// <summary>The memory of a method's steps on the network of Eq. 13.</summary>
    /// <param name="device">Where it would train.</param>
    /// <param name="settings">The method.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    public static StepMemory Predict<T>(ComputeDevice<T> device, MethodSettings settings, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var solver = OfSolver(device, settings);
        using var measure = new MeasuringDevice<T>(device);
        var network = Network<T>.Paper(measure);
        network.CreateLinearization(batch);
        var active = settings.Method == "unconstrained" ? 0 : settings.ActiveSamples;
        if (active > 0) network.CreateLinearization(active);
        var linearizations = measure.Bytes;
        using (new BatchLoader<T>(measure, NoSamples.Of(network), batch, PoseRun<T>.UnitMm))
        using (active > 0 ? new BatchLoader<T>(measure, NoSamples.Of(network), active, PoseRun<T>.UnitMm) : null)
        {
        }
        var images = measure.Bytes - linearizations;
        using (settings.IsMined ? Scorer(measure, network) : null)
        {
        }
        var mining = measure.Bytes - linearizations - images;
        MethodFactory.Create(settings, network, measure.Zeros(network.ParameterCount), batch);
        var host = settings.UsedSolver is KktSolver.Gram or KktSolver.ProjectedMinresQlp ? KktSolvers.GramHostBytes(Rows(settings)) : 0;
        var vectors = measure.Bytes - (2 * linearizations) - images - mining - solver;
        return new StepMemory(settings, vectors, linearizations + mining, solver + host, images);
    }

    /// <summary>Throws where the step would take more than a limit.</summary>
    /// <param name="limit">Bytes.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <param name="workers">How many take such a step on the same device at once.</param>
    /// <exception cref="UserErrorException">It would; the message says how much and what to lower.</exception>
    public void Check(long limit, int batch, int workers = 1)
    {
        if (Total * workers <= limit) return;
        var lower = Settings.Method == "unconstrained"
            ? $"--batch (now {batch})"
            : $"--batch (now {batch}) or --active (now {Settings.ActiveSamples})";
        var other = Settings.UsedSolver is null or KktSolver.MinresQlp ? "" : ", or take --solver minres-qlp";
        throw new UserErrorException($"--memory-limit {Text(limit)}: a step of {Of(workers)}; lower {lower}{other}{(workers > 1 ? ", or name the device fewer times" : "")}");
    }

    /// <summary>One line such as "hard-sgd eta=300 active=128 takes 205 MB: vectors 42 MB, ...".</summary>
    public override string ToString()
    {
        var solver = Settings.UsedSolver is { } used ? $", solver {MethodSettings.SolverNames[used]} {Text(Solver)}" : "";
        return $"{Settings.Label} takes {Text(Total)}: parameters and vectors {Text(Vectors)}, linearizations {Text(Linearizations)}{solver}, images {Text(Images)}";
    }

    /// <summary>The same line, with the sum where several workers share a device.</summary>
    public string Of(int workers) => workers == 1 ? $"{this}" : $"{this}; {workers} workers at once take {Text(Total * workers)}";

    private static int Rows(MethodSettings settings) => settings.ActiveSamples * LimbSymmetry.PaperNames.Count;

    private static ViolationScorer<T> Scorer<T>(ComputeDevice<T> device, Network<T> network)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(network, new LimbSymmetry<T>(device), NoSamples.Of(network) with { Count = ViolationScorer.MostSamples }, PoseRun<T>.UnitMm);

    /// <summary>What the solver of a hard step takes on the device.</summary>
    private static long OfSolver<T>(ComputeDevice<T> device, MethodSettings settings)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (settings.UsedSolver is not { } solver) return 0;
        using var measure = new MeasuringDevice<T>(device);
        var at = Network<T>.Paper(measure).CreateLinearization(settings.ActiveSamples);
        var constraint = new OutputConstraintFunction<T>(at, new LimbSymmetry<T>(measure));
        var system = new ProjectedGradientSystem<T>(measure, constraint, settings.Eta);
        var before = measure.Bytes;
        using IDisposable made = solver switch
        {
            KktSolver.Gram => new GramSolver<T>(measure, constraint, settings.Eta),
            KktSolver.ProjectedMinresQlp => new ProjectedMinresQlp<T>(measure, constraint, system, settings.Eta),
            _ => new MinresQlp<T>(measure, system.Size),
        };
        return measure.Bytes - before;
    }

    private static string Text(long bytes) => bytes < 1000 * Megabyte
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / Megabyte:0} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / Megabyte / 1000:0.00} GB");

    /// <summary>The sizes of samples, and none of them.</summary>
    private sealed record NoSamples(Shape Image, int Outputs) : IImageSource
    {
        public int Count { get; init; }

        public static NoSamples Of<T>(Network<T> network)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            => new(new Shape(network.Input[1], network.Input[2], network.Input[0]), network.Output.Count);

        public void CopyImage(int index, Span<byte> image) => throw new InvalidOperationException("there are no samples");

        public void CopyTarget(int index, Span<double> target) => throw new InvalidOperationException("there are no samples");
    }
}
