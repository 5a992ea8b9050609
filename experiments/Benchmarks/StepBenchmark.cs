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
        using (var cold = Gram(batch, samples)) cold?.Take();
        var memory = PeakMemory.Megabytes();
        var operators = WithProjection(Operators(batch, samples, spreads), samples, spreads);
        using var softSgd = Step(MethodRegistry.Of<SoftSgdMethod>(), batch, samples);
        using var gram = Gram(batch, samples);
        // What a hard step costs in soft ones is the figure of all: the two are run in turns.
        Measure(gram is null ? [softSgd] : [softSgd, gram]);
        using var softAdam = Measured(Step(MethodRegistry.Of<SoftAdamMethod>(), batch, samples));
        var soft = operators with
        {
            SoftSgdStepMs = Median(BatchKey.SoftSgdStep, softSgd),
            SoftAdamStepMs = Median(BatchKey.SoftAdamStep, softAdam),
            SpreadPercent = spreads.Percent,
            Counters = spreads.Counters,
            Bytes = NetworkBytes.Of(_parts.Network),
        };
        if (_device.RoundsProducts) return soft;
        using var lsqr = Measured(Step(MethodRegistry.Of<HardSgdMethod>(), batch, samples, KktSolver.Lsqr));
        using var hardSgd = Measured(Step(MethodRegistry.Of<HardSgdMethod>(), batch, samples, KktSolver.MinresQlp));
        return soft with
        {
            HardSgdLsqrStepMs = Median(BatchKey.HardSgdLsqrStep, lsqr),
            LsqrIterationsPerStep = lsqr.KrylovIterations,
            HardSgdStepMs = Median(BatchKey.HardSgdStep, hardSgd),
            KrylovIterationsPerStep = hardSgd.KrylovIterations,
            KrylovIterationMs = spreads.Median(BatchKey.KrylovIteration, hardSgd.KrylovIteration),
            HardSgdUnconverged = hardSgd.Unconverged,
            HardSgdGramStepMs = gram is null ? null : Median(BatchKey.HardSgdGramStep, gram),
            GramSolveMs = gram is null ? null : spreads.Median(BatchKey.GramSolve, gram.Solve),
            GramFlops = gram is null ? null : GramFlops.Of(_parts.Network, batch, _parts.Constraint.Rows.Count),
            PeakMemoryMb = memory,
            SpreadPercent = spreads.Percent,
            Counters = spreads.Counters,
            Bytes = NetworkBytes.Of(_parts.Network),
        };

        double Median(string key, MeasuredStep<T> step) => spreads.Median(key, step.Timing, step.Counters);
    }

    /// <summary>
    /// A step by the Gram matrix, or null where the device is not fit for hard steps, or `auto` would not take it: factoring would be
    /// all that is measured.
    /// </summary>
    private MeasuredStep<T>? Gram(int batch, Batch<T> samples)
        => !_device.RoundsProducts && batch * _parts.Constraint.Rows.Count <= KktSolvers.AutoGramRows ? Step(MethodRegistry.Of<HardSgdMethod>(), batch, samples, KktSolver.Gram) : null;

    private MeasuredStep<T> Measured(MeasuredStep<T> step)
    {
        Measure(step);
        return step;
    }

    private void Measure(params IReadOnlyList<MeasuredStep<T>> steps)
    {
        Progress(string.Join(" and ", steps.Select(step => step.Name)));
        var timings = steps.Count == 1 ? [Clock.Measure(steps[0].Take)] : Clock.MeasureTogether([.. steps.Select(step => (Action)step.Take)]);
        for (var i = 0; i < steps.Count; i++) steps[i].Timing = timings[i];
    }

    private BatchTimes Operators(int batch, Batch<T> samples, Spreads spreads)
    {
        Progress($"batch {batch}: forward, R-op, L-op");
        using var work = new BenchWork<T>(_parts.Network, _parts.Constraint, _weights, samples);
        return new BatchTimes
        {
            Batch = batch,
            ForwardMs = Median(spreads, BatchKey.Forward, work.Forward),
            ForwardLopMs = Median(spreads, BatchKey.ForwardLop, work.Gradient),
            RopMs = Median(spreads, BatchKey.Rop, work.Rop),
            LopMs = Median(spreads, BatchKey.Lop, work.Lop),
        };
    }

    private double Median(Spreads spreads, string key, Action action)
    {
        var counted = new CountedAction<T>(_device, action);
        return spreads.Median(key, Clock.Measure(counted.Run), counted.Last);
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
        var milliseconds = Median(spreads, BatchKey.Projection, () => projection.Project(outputs, samples.Columns, nearest));
        var operations = projection.OperationsPerRound;
        return times with
        {
            ProjectionMs = milliseconds,
            ProjectionProductMs = Median(spreads, BatchKey.ProjectionProduct, () => projection.Product(outputs, nearest)),
            ProjectionFlops = operations * projection.Report().MeanRounds,
            ProductFlops = operations,
        };
    }

    private MeasuredStep<T> Step(Method method, int batch, Batch<T> active, KktSolver solver = KktSolver.Auto)
    {
        var settings = new MethodSettings(method, _problem.Spec.ConstraintNames).With(Setting.Active, batch);
        if (method.Has(Setting.Eta)) settings = settings.With(Setting.Eta, 1000);
        if (settings.IsHard) settings = settings.With(Setting.Solver, solver).With(Setting.MaxKrylov, MaxKrylovIterations);
        var made = _parts.Method(settings, _device.Zeros(_weights.Count), BatchTimes.Minibatch);
        var name = $"batch {batch}: {method} step{(solver == KktSolver.Auto ? "" : $", {solver}")}";
        return new MeasuredStep<T>(name, made, new RepeatedStep<T>(made, _weights, Samples(BatchTimes.Minibatch), active));
    }

    private Batch<T> Samples(int count) => RandomSamples.Create(_problem, _parts.Network, _generator, count);
}
