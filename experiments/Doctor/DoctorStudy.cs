namespace PoseEngine.Experiments.Doctor;

/// <summary>Takes the constraints of a model apart: the rows of an active set, single steps from the model, and steps one after the other.</summary>
internal sealed class DoctorStudy<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const ulong ActiveStream = 9, BatchStream = 10;

    // Forming and decomposing S beside a step.
    private const int RowParts = 4;

    private readonly Workspace<T> _memory;
    private readonly ComputeDevice<T> _device;
    private readonly Problem _problem;
    private readonly Tensor<T> _start;
    private readonly DoctorPlan _plan;
    private readonly IProgress<(long Done, long Total)> _progress;
    private readonly CancellationToken _token;
    private readonly ProblemParts<T> _parts;
    private readonly SampleConstraints<T> _values;
    private readonly SampleSet _others;
    private readonly Evaluator<T> _evaluator;
    private readonly Tensor<T> _w, _gradient, _step;
    private readonly double[] _units;
    private readonly int[] _active;
    private readonly int[][] _sets;
    private long _done;

    /// <summary>A study that has not begun.</summary>
    /// <param name="network">The model's network, which fits the problem.</param>
    /// <param name="w">The model's parameters, which stay as they are.</param>
    /// <param name="problem">Open.</param>
    /// <param name="progress">Hears of parts done and their number.</param>
    /// <exception cref="UserErrorException">There are too few samples, or too many rows.</exception>
    public DoctorStudy(Network<T> network, Tensor<T> w, Problem problem, DoctorPlan plan, IProgress<(long Done, long Total)> progress, CancellationToken token)
    {
        (_device, _problem, _start, _plan, _progress, _token) = (network.Device, problem, w, plan, progress, token);
        _units = [.. problem.Constraints.Units];
        var count = problem.Data.Constrained.Count;
        var (active, set) = plan.Sizes(count, _units.Length);
        // The active set begins as that of the first step.
        var order = new RandomGenerator((ulong)plan.Seed, ActiveStream).Choose(Math.Max(active, plan.Steps * set), count);
        (_active, _sets) = (order[..active], [.. Enumerable.Range(0, plan.Steps).Select(t => order[(t * set)..((t + 1) * set)])]);
        _memory = new Workspace<T>(_device);
        _parts = new ProblemParts<T>(network, problem);
        _values = _memory.Own(new SampleConstraints<T>(_parts.Network, _parts.Constraint, problem.Data.Constrained.Source));
        _others = problem.Data.Validation.Some(DoctorPlan.MostOthers);
        _evaluator = _memory.Own(new Evaluator<T>(_parts.Network, _others.Source));
        (_w, _gradient, _step) = (_memory.Zeros(w.Count), _memory.Zeros(w.Count), _memory.Zeros(w.Count));
    }

    private long Parts => RowParts + _plan.Tried.Count() + (_plan.Repeated.Count() * (long)_plan.Steps);

    /// <summary>Everything.</summary>
    /// <exception cref="ArithmeticException">The constraints or their derivatives are no finite numbers at the model, or S was not decomposed.</exception>
    /// <exception cref="OperationCanceledException">Ctrl-C.</exception>
    public (RowDiagnosis Rows, Elsewhere Start, ProjectedModel? Projected, IReadOnlyList<StepTrial> Trials, IReadOnlyList<Forgetting> Forgetting) Run()
    {
        var (rows, trials) = AtTheModel();
        // S of every set has about the same largest eigenvalue: one lambda for all soft steps.
        var lambda = LambdaOf(rows);
        var start = Predicted(_start);
        return (rows, Of(start), ProjectedModel.Of(start), trials, [.. _plan.Repeated.Select(kind => Repeat(kind, lambda))]);
    }

    public void Dispose() => _memory.Dispose();

    private (RowDiagnosis Rows, IReadOnlyList<StepTrial> Trials) AtTheModel()
    {
        using var active = new ActivePoint<T>(_device, _parts, _problem, _active.Length, Math.Min(_plan.Batch, _problem.Data.Labelled.Count));
        active.MoveTo(_start, _active, NewBatches(), _gradient, _token);
        Report(1);
        var rows = DiagnoseRows(active.Steps, _units.Length);
        Report(RowParts - 2);
        return (rows, [.. _plan.Tried.Select(kind => Try(kind, active.Steps, rows))]);
    }

    private RowDiagnosis DiagnoseRows(ShortestStep<T> steps, int each)
    {
        var n = steps.C.Length;
        var spectrum = new GramDiagnosis(steps.S, n, ShortestStep<T>.Accuracy, _token);
        Report(1);
        var rows = new GramRows(steps.S, n, spectrum.Cut);
        var missed = spectrum.Contradiction(steps.C);
        var share = Norm(missed) / Norm(steps.C);
        if (!(share > ShortestStep<T>.ContradictionTolerance)) share = 0;
        var names = Enumerable.Range(0, n).Select(i => $"{_problem.Data.Constrained.NameOf(_active[i / each])}, {_problem.Spec.ConstraintNames[i % each]}");
        return new RowDiagnosis(
            _active.Length, [.. names], Median(steps.C), spectrum, new GramDiagnosis(rows.UnitGram(), n, ShortestStep<T>.Accuracy, _token), rows.Zero, rows.MostParallel(_plan.Pairs),
            [
                ("one sample, two constraints", rows.SpreadOf((i, j) => i / each == j / each)),
                ("two samples, one constraint", rows.SpreadOf((i, j) => i / each != j / each && i % each == j % each)),
                ("two samples, two constraints", rows.SpreadOf((i, j) => i / each != j / each && i % each != j % each)),
            ],
            share, share == 0 ? [] : [.. Enumerable.Range(0, n).OrderByDescending(i => Math.Abs(missed[i])).Take(_plan.Pairs).Where(i => Math.Abs(missed[i]) > 0)]);
    }

    private StepTrial Try(StepKind kind, ShortestStep<T> steps, RowDiagnosis rows)
    {
        Take(kind, steps, LambdaOf(rows));
        var promise = steps.Promise(_step, rows.Spectrum);
        var points = DoctorPlan.Lengths.Select(length =>
        {
            _device.Vectors.Combine(1, _start, length, _step, _w);
            double[] predicted = [.. steps.C.Select((c, i) => Promised(i, c + (length * promise.Change[i])))];
            return new TrialPoint(length, Median(predicted), Median(_values.Of(_w, _active, _token)), Others(_w));
        }).ToList();
        Report(1);
        return new StepTrial(kind, promise.Norm, promise.SpanShare, points);
    }

    /// <summary>Steps one after the other from the model, each on the next set.</summary>
    private Forgetting Repeat(StepKind kind, double lambda)
    {
        _device.Vectors.Copy(_start, _w);
        var (batches, others) = (NewBatches(), new List<Elsewhere>());
        int[] all = [.. _sets.SelectMany(set => set)];
        using var active = new ActivePoint<T>(_device, _parts, _problem, _sets[0].Length, Math.Min(_plan.Batch, _problem.Data.Labelled.Count));
        var matrix = ForgettingMatrix.Measure(
            _sets.Length,
            t =>
            {
                Step(kind, lambda, active, _sets[t], batches);
                Report(1);
            },
            () =>
            {
                others.Add(Others(_w));
                var values = _values.Of(_w, all, _token);
                var each = values.Length / _sets.Length;
                return [.. _sets.Select((_, s) => Median(values.AsSpan(s * each, each)))];
            },
            _token);
        return new Forgetting(kind, _sets[0].Length, matrix, others);
    }

    /// <summary>Where the steps have lost the model all that follows is no number, and the matrix says so.</summary>
    private void Step(StepKind kind, double lambda, ActivePoint<T> active, int[] set, MinibatchSampler<T> batches)
    {
        try
        {
            active.MoveTo(_w, set, batches, _gradient, _token);
            Take(kind, active.Steps, lambda);
            _device.Vectors.Axpy(1, _step, _w);
        }
        catch (NotFiniteNumberException)
        {
            _device.Vectors.Fill(_w, T.NaN);
        }
    }

    private void Take(StepKind kind, ShortestStep<T> steps, double lambda)
    {
        if (kind == StepKind.Gradient) steps.Gradient(_gradient, _plan.Eta, _step);
        else if (kind == StepKind.Soft) steps.Penalty(_gradient, _plan.Eta, lambda, _step);
        else if (kind == StepKind.Correction) steps.Correction(_step, _token);
        else steps.Hard(_gradient, _plan.Eta, kind == StepKind.Hard ? 0 : _plan.Delta, _step, _token);
    }

    private double LambdaOf(RowDiagnosis rows) => rows.Spectrum.Spectrum[0] > 0 ? _plan.Eta / (2 * rows.Spectrum.Spectrum[0]) : 0;

    private MinibatchSampler<T> NewBatches() => new(_problem.Data.Labelled.Count, new RandomGenerator((ulong)_plan.Seed, BatchStream));

    private Elsewhere Others(Tensor<T> w) => Of(Predicted(w));

    /// <summary>The held-back samples, or null where the network has no numbers for them.</summary>
    private Measured? Predicted(Tensor<T> w)
    {
        var predictions = ProblemParts<T>.Predict(_problem, _evaluator, w, null, _token);
        return predictions.All(double.IsFinite) ? Measured.Of(_problem, _others, predictions) : null;
    }

    private static Elsewhere Of(Measured? measured)
        => measured is null ? new Elsewhere(double.NaN, double.NaN) : new Elsewhere(measured.Value("error"), measured.Value("medianViolation"));

    /// <summary>What a row promises to be: an inequality that is met counts as 0.</summary>
    private double Promised(int row, double value) => _parts.Constraint.Rows[row % _units.Length].Kind == ConstraintKind.AtMost ? Math.Max(value, 0) : value;

    /// <summary>The median of |C| in the unit of the problem, of rows in the network's.</summary>
    private double Median(ReadOnlySpan<double> rows)
    {
        var magnitudes = new double[rows.Length];
        for (var i = 0; i < rows.Length; i++) magnitudes[i] = Math.Abs(rows[i]) * _units[i % _units.Length];
        return Statistics.QuantileOrNaN(magnitudes, 0.5);
    }

    private static double Norm(double[] x) => Math.Sqrt(x.Sum(v => v * v));

    private void Report(long parts) => _progress.Report((_done += parts, Parts));
}
