using System.Runtime.CompilerServices;
using PoseEngine.Experiments.Methods;

namespace PoseEngine.Experiments.Runs;

/// <summary>The memory of training, in bytes, found before anything is allocated by constructing the method on a <see
/// cref="MeasuringDevice{T}"/>. Kernels' scratch memory is a few per cent more and not counted.</summary>
/// <param name="Vectors">Parameters, gradient, step, moments: vectors as long as the parameters.</param>
/// <param name="Linearizations">Values and gates of the minibatch and of the active set, and of candidates of mining.</param>
/// <param name="Solver">Vectors of MINRES-QLP, adjoints, rows and factors of the Gram matrix.</param>
/// <param name="Checkpoints">On the host, copies of what a checkpoint keeps and the file that is made of them beside the next steps.</param>
internal sealed record StepMemory(MethodSettings Settings, long Vectors, long Linearizations, long Solver, long Images, long Checkpoints)
{
    private const double Megabyte = 1e6;

    public long Total => Vectors + Linearizations + Solver + Images + Checkpoints;

    /// <summary>The memory of a method's steps on a problem with minibatches of a size.</summary>
    public static StepMemory Predict<T>(ComputeDevice<T> device, Problem problem, MethodSettings settings, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var solver = OfSolver(device, problem, settings);
        using var measure = new MeasuringDevice<T>(device);
        var parts = new ProblemParts<T>(measure, problem);
        parts.Network.CreateLinearization(batch);
        var active = settings.ActiveSamples;
        if (active > 0) parts.Network.CreateLinearization(active);
        var linearizations = measure.Bytes;
        var (labelled, constrained) = (problem.Data.Labelled.Source, problem.Data.Constrained.Source);
        new BatchLoader<T>(measure, labelled, batch).Dispose();
        if (active > 0) new BatchLoader<T>(measure, constrained, active).Dispose();
        var images = measure.Bytes - linearizations;
        if (settings.IsMined) new ViolationScorer<T>(parts.Network, parts.Constraint, constrained, 1).Dispose();
        var mining = measure.Bytes - linearizations - images;
        var method = parts.Method(settings, measure.Zeros(parts.Network.ParameterCount), batch);
        var beside = (settings.Get(Setting.Average) > 0 ? 1 : 0) + (settings.Method.Class == MethodClass.Unconstrained ? 1 : 0);
        for (var i = 0; i < beside; i++) measure.Zeros(parts.Network.ParameterCount);
        var kept = method.State.Sum(state => (long)state.Vector.Count) + ((1L + beside) * parts.Network.ParameterCount);
        var host = settings.UsedSolver switch
        {
            KktSolver.Gram or KktSolver.ProjectedMinresQlp => KktSolvers.GramHostBytes(settings.Rows),
            KktSolver.Lsqr => LsqrSolver<T>.HostBytes(settings.Rows, settings.Get(Setting.MaxKrylov)),
            _ => 0,
        };
        var vectors = measure.Bytes - (2 * linearizations) - images - mining - solver;
        return new StepMemory(settings, vectors, linearizations + mining, solver + host, images, 2 * kept * Unsafe.SizeOf<T>());
    }

    /// <summary>Throws where the step would take more than a limit.</summary>
    /// <param name="workers">How many take such a step on the same device at once.</param>
    /// <exception cref="UserErrorException">It would; the message says how much and what to lower.</exception>
    public void Check(long limit, int batch, int workers = 1)
    {
        if (Total * workers <= limit) return;
        var lower = $"--batch (now {batch}){(Settings.ActiveSamples == 0 ? "" : $" or --active (now {Settings.ActiveSamples})")}";
        var other = Settings.UsedSolver is null or KktSolver.Lsqr || !Settings.Method.CouldTakeGram(Settings) ? "" : ", or take --solver lsqr";
        throw new UserErrorException($"--memory-limit {Text(limit)}: a step of {Of(workers)}; lower {lower}{other}{(workers > 1 ? ", or name the device fewer times" : "")}");
    }

    /// <summary>One line such as "hard-sgd eta=300 active=128 takes 205 MB: vectors 42 MB, ...".</summary>
    public override string ToString()
    {
        var solver = Settings.UsedSolver is { } used ? $", solver {Setting.Solver.Text(used)} {Text(Solver)}" : "";
        return $"{Settings.Label} takes {Text(Total)}: parameters and vectors {Text(Vectors)}, linearizations {Text(Linearizations)}{solver}, images {Text(Images)}, checkpoints {Text(Checkpoints)}";
    }

    /// <summary>The same line, with the sum where several workers share a device.</summary>
    public string Of(int workers) => workers == 1 ? $"{this}" : $"{this}; {workers} workers at once take {Text(Total * workers)}";

    /// <summary>What the solver of a hard step takes on the device.</summary>
    private static long OfSolver<T>(ComputeDevice<T> device, Problem problem, MethodSettings settings)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (settings.UsedSolver is not { } solver) return 0;
        using var measure = new MeasuringDevice<T>(device);
        var parts = new ProblemParts<T>(measure, problem);
        var constraint = new OutputConstraintFunction<T>(parts.Network.CreateLinearization(settings.ActiveSamples), parts.Constraint);
        var eta = settings.Get(Setting.Eta);
        var system = new ProjectedGradientSystem<T>(measure, constraint, eta);
        var before = measure.Bytes;
        // On a device that factors S itself auto takes it for more rows.
        if (settings.Get(Setting.Solver) == KktSolver.Auto && solver is KktSolver.Gram or KktSolver.Lsqr) solver = KktSolver.Auto.For(measure, constraint);
        using IDisposable made = solver switch
        {
            KktSolver.Gram => new GramSolver<T>(measure, constraint, eta),
            KktSolver.Lsqr => new LsqrSolver<T>(measure, system, settings.Get(Setting.Delta).Delta > 0),
            KktSolver.ProjectedMinresQlp => new ProjectedMinresQlp<T>(measure, constraint, system, eta),
            _ when settings.Get(Setting.Delta).Delta > 0 => new KktKrylov<T>(measure, system, new KrylovOptions(), damps: true),
            _ => new MinresQlp<T>(measure, system.Size),
        };
        return measure.Bytes - before;
    }

    private static string Text(long bytes) => bytes < 1000 * Megabyte ? $"{bytes / Megabyte:0} MB" : $"{bytes / Megabyte / 1000:0.00} GB";
}
