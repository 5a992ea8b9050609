namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Measures the network of a problem on random samples with He weights: forward, products replayed from one linearization, and
/// whole training steps of a minibatch of 128 with the constraints on a number of samples.</summary>
internal sealed class StepBenchmark<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly Problem _problem;
    private readonly ProblemParts<T> _parts;
    private readonly RandomGenerator _generator;
    private readonly Tensor<T> _weights;

    public StepBenchmark(ComputeDevice<T> device, Problem problem, ulong seed)
    {
        (_device, _problem, _parts, _generator) = (device, problem, new ProblemParts<T>(device, problem), new RandomGenerator(seed, 11));
        _weights = _parts.Network.InitializeHe(_generator);
    }

    /// <summary>Hears what is measured next.</summary>
    public Action<string> Progress { get; init; } = _ => { };

    public NetworkFlops Flops => NetworkFlops.Of(_parts.Network);

    /// <summary>Runs of each measurement after one to warm up; 0 for as many as give a steady median.</summary>
    public int Runs { get; init; }

    /// <summary>Krylov iterations of a hard step at the most.</summary>
    public int MaxKrylovIterations { get; init; } = 200;

    private MedianClock Clock => new(_device.Synchronize, Runs);

    /// <summary>Measures one batch size.</summary>
    public BatchTimes Run(int batch)
    {
        var samples = Samples(batch);
        var spreads = new Spreads();
        // First, while nothing else that is measured holds memory; its times are those of a cold program.
        PeakMemory.Reset();
        GramStep(batch, samples, new MedianClock(_device.Synchronize, 1));
        var memory = PeakMemory.Megabytes();
        var operators = WithProjection(Operators(batch, samples, spreads), samples, spreads);
        var softSgd = Step(MethodRegistry.Of<SoftSgdMethod>(), batch, samples);
        var softAdam = Step(MethodRegistry.Of<SoftAdamMethod>(), batch, samples);
        var gram = GramStep(batch, samples, Clock);
        var lsqr = Step(MethodRegistry.Of<HardSgdMethod>(), batch, samples, KktSolver.Lsqr);
        var hardSgd = Step(MethodRegistry.Of<HardSgdMethod>(), batch, samples, KktSolver.MinresQlp);
        return operators with
        {
            SoftSgdStepMs = spreads.Median(BatchKey.SoftSgdStep, softSgd.Step),
            SoftAdamStepMs = spreads.Median(BatchKey.SoftAdamStep, softAdam.Step),
            HardSgdLsqrStepMs = spreads.Median(BatchKey.HardSgdLsqrStep, lsqr.Step),
            LsqrIterationsPerStep = lsqr.KrylovIterations,
            HardSgdStepMs = spreads.Median(BatchKey.HardSgdStep, hardSgd.Step),
            KrylovIterationsPerStep = hardSgd.KrylovIterations,
            KrylovIterationMs = spreads.Median(BatchKey.KrylovIteration, hardSgd.KrylovIteration),
            HardSgdUnconverged = hardSgd.Unconverged,
            HardSgdGramStepMs = gram is null ? null : spreads.Median(BatchKey.HardSgdGramStep, gram.Step),
            GramSolveMs = gram is null ? null : spreads.Median(BatchKey.GramSolve, gram.Solve),
            GramFlops = gram is null ? null : GramFlops.Of(_parts.Network, batch, _parts.Constraint.Rows.Count),
            PeakMemoryMb = memory,
            SpreadPercent = spreads.Percent,
        };
    }

    /// <summary>A step by the Gram matrix, or null where `auto` would not take it: factoring would be all that is measured.</summary>
    private StepTimes? GramStep(int batch, Batch<T> samples, MedianClock clock)
        => batch * _parts.Constraint.Rows.Count <= KktSolvers.AutoGramRows ? Step(MethodRegistry.Of<HardSgdMethod>(), batch, samples, KktSolver.Gram, clock) : null;

    private BatchTimes Operators(int batch, Batch<T> samples, Spreads spreads)
    {
        Progress($"batch {batch}: forward, R-op, L-op");
        using var work = new BenchWork<T>(_parts.Network, _parts.Constraint, _weights, samples);
        return new BatchTimes
        {
            Batch = batch,
            ForwardMs = spreads.Median(BatchKey.Forward, Clock.Measure(work.Forward)),
            ForwardLopMs = spreads.Median(BatchKey.ForwardLop, Clock.Measure(work.Gradient)),
            RopMs = spreads.Median(BatchKey.Rop, Clock.Measure(work.Rop)),
            LopMs = spreads.Median(BatchKey.Lop, Clock.Measure(work.Lop)),
        };
    }

    /// <summary>Milliseconds of so many projections.</summary>
    public double ProjectionMs(int count) => WithProjection(new BatchTimes { Batch = count, ForwardMs = 0, ForwardLopMs = 0, RopMs = 0, LopMs = 0 }, Samples(count), new Spreads()).ProjectionMs;

    /// <summary>Outputs as a trained network's are: points where the constraints hold, with a quarter of a unit of noise.</summary>
    private BatchTimes WithProjection(BatchTimes times, Batch<T> samples, Spreads spreads)
    {
        if (!_problem.Constraints.IsProjectable) return times;
        Progress($"batch {times.Batch}: projection");
        using var projection = new Projection<T>(_device, _problem.Constraints, times.Batch);
        var shape = new Shape(times.Batch, _problem.Outputs);
        Tensor<T> Random(double size) => _device.From([.. Enumerable.Range(0, shape.Count).Select(_ => T.CreateTruncating(size * _generator.NextNormal()))], shape);
        var (start, outputs, nearest) = (Random(5), Random(0.25), _device.Zeros(shape));
        projection.Project(start, samples.Columns, nearest);
        _device.Vectors.Axpy(1, nearest, outputs);
        var milliseconds = spreads.Median(BatchKey.Projection, Clock.Measure(() => projection.Project(outputs, samples.Columns, nearest)));
        var operations = projection.OperationsPerRound;
        return times with
        {
            ProjectionMs = milliseconds,
            ProjectionProductMs = spreads.Median(BatchKey.ProjectionProduct, Clock.Measure(() => projection.Product(outputs, nearest))),
            ProjectionFlops = operations * projection.Report().MeanRounds,
            ProductFlops = operations,
        };
    }

    private StepTimes Step(Method method, int batch, Batch<T> active, KktSolver solver = KktSolver.Auto, MedianClock? clock = null)
    {
        Progress($"batch {batch}: {method} step{(solver == KktSolver.Auto ? "" : $", {solver}")}");
        var settings = new MethodSettings(method, _problem.Spec.ConstraintNames).With(Setting.Active, batch);
        if (method.Has(Setting.Eta)) settings = settings.With(Setting.Eta, 1000);
        if (settings.IsHard) settings = settings.With(Setting.Solver, solver).With(Setting.MaxKrylov, MaxKrylovIterations);
        var made = _parts.Method(settings, _device.Zeros(_weights.Count), BatchTimes.Minibatch);
        var repeated = new RepeatedStep<T>(made, _weights, Samples(BatchTimes.Minibatch), active);
        var (iterations, iterationMs, solveMs) = (new List<double>(), new List<double>(), new List<double>());
        string? unconverged = null;
        var whole = (clock ?? Clock).Measure(() =>
        {
            var step = repeated.Take();
            if (step.Solve is not { } solve) return;
            solveMs.Add(1000 * step.SolveSeconds);
            if (step.IsUnconverged) unconverged = solve.Explanation;
            if (solve.Iterations == 0) return;
            iterations.Add(solve.Iterations);
            iterationMs.Add(1000 * step.SolveSeconds / solve.Iterations);
        });
        return new StepTimes(whole, TimingOf(iterations, whole.Runs).Median, TimingOf(iterationMs, whole.Runs), TimingOf(solveMs, whole.Runs), unconverged);
    }

    /// <summary>Without the steps that warmed up, which came first.</summary>
    private static Timing TimingOf(List<double> values, int runs) => values.Count == 0 ? default : Timing.Of(values.TakeLast(runs));

    private Batch<T> Samples(int count) => RandomSamples.Create(_problem, _parts.Network, _generator, count);

    /// <summary>The time of a step, of a Krylov iteration with its share of the solve's beginning and end, and of the solve; 0 where a step
    /// has none; and how the solve ended where it did not converge.</summary>
    private sealed record StepTimes(Timing Step, double KrylovIterations, Timing KrylovIteration, Timing Solve, string? Unconverged);
}
