namespace PoseEngine.Experiments.Spheres;

/// <summary>The soft and the hard run of each reading on one problem, side by side: all see the same active sets, and one pass over the
/// centres measures all of them.</summary>
internal sealed class SphereCourse<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SphereProblem<T> _problem;
    private readonly SpheresSettings _settings;
    private readonly ulong _seed;
    private readonly Workspace<T> _memory;
    private readonly TrainingMethod<T>[] _methods;
    private readonly double[] _scales;
    private readonly Tensor<T> _w;
    private readonly Tensor<T> _before;
    private readonly Tensor<T> _difference;
    private readonly Tensor<int> _active;
    private readonly Tensor<int> _rows;
    private readonly Tensor<double> _distances;
    private readonly Tensor<T> _values;
    private readonly T[] _host;

    /// <summary>A course at its start; active sets are drawn from the seed.</summary>
    /// <param name="settings">Scales belong to its <see cref="SpheresSettings.Dimension"/>.</param>
    public SphereCourse(SphereProblem<T> problem, SpheresSettings settings, ulong seed)
    {
        (_problem, _settings, _seed) = (problem, settings, seed);
        Curves = [.. settings.Readings.SelectMany(r => new[] { false, true }, (r, hard) => new SphereCurves(r, hard, settings.Iterations))];
        _scales = [.. Curves.Select(c => c.Reading.Scale(settings.Dimension))];
        var device = problem.Device;
        _memory = new Workspace<T>(device);
        _w = _memory.Zeros(new Shape(Curves.Count, problem.Dimension));
        _before = _memory.Zeros(_w.Shape);
        _difference = _memory.Zeros(problem.Dimension);
        _active = _memory.Zeros<int>(new Shape(settings.Active));
        _rows = _memory.Zeros<int>(new Shape(problem.Count));
        _rows.CopyFrom([.. Enumerable.Range(0, problem.Count)]);
        _distances = _memory.Zeros<double>(new Shape(Curves.Count, problem.Count));
        _values = _memory.Zeros(new Shape(Curves.Count, problem.Count));
        _methods = [.. Enumerable.Range(0, Curves.Count).Select(run => _memory.Own(CreateMethod(run)))];
        _host = new T[_values.Count];
        for (var run = 0; run < Curves.Count; run++) device.Vectors.Copy(problem.Start, Point(run));
        Measure();
    }

    public int Iteration { get; private set; }
    public IReadOnlyList<SphereCurves> Curves { get; }

    /// <summary>The w of each run [runs,d].</summary>
    public Tensor<T> Points => _w;

    /// <exception cref="UserErrorException">A run is no longer finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; all runs are where they were before the step.</exception>
    public void Step(CancellationToken cancellation = default)
    {
        var active = ActiveSet(_seed, Iteration, _settings.Active, _problem.Count);
        _active.CopyFrom(active);
        _problem.Device.Vectors.Copy(_w, _before);
        double[] before = [.. Enumerable.Range(0, Curves.Count).Select(run => ActiveMedian(run, active))];
        try
        {
            for (var run = 0; run < Curves.Count; run++) Move(run, cancellation);
        }
        catch (OperationCanceledException)
        {
            _problem.Device.Vectors.Copy(_before, _w);
            throw;
        }
        Iteration++;
        Measure();
        for (var run = 0; run < Curves.Count; run++) Curves[run].Change[Iteration - 1] = ActiveMedian(run, active) - before[run];
    }

    /// <summary>Where the runs are and what was observed, to be saved or restored. Vectors and active sets come from the seed again, so
    /// that a resumed course goes on to the same bits.</summary>
    public Checkpoint<T> Checkpoint => new("spheres", _w)
    {
        Settings = new Dictionary<string, string> { ["runs"] = string.Join("; ", Curves.Select(c => c.Name)), ["iterations"] = $"{_settings.Iterations}" },
        Curves = [.. Curves.SelectMany(c => c.All, (c, curve) => ($"{c.Reading.Name}.{c.Method}.{curve.Name}", curve.Values))],
    };

    /// <summary>Goes on behind so many steps; <see cref="Checkpoint"/> has been restored.</summary>
    public void ResumeAt(long iteration)
    {
        Iteration = (int)iteration;
        Measure();
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>The spheres of an iteration's active set: different ones, each set as likely as any other.</summary>
    public static int[] ActiveSet(ulong seed, int iteration, int active, int count)
        => new RandomGenerator(RandomGenerator.Hash(seed, (ulong)iteration), Streams.ActiveSets).Choose(active, count);

    private TrainingMethod<T> CreateMethod(int run)
    {
        var scale = _scales[run];
        return Curves[run].IsHard
            ? SphereMethods.Hard(_problem, scale, _settings.Active, Point(run), _settings.Eta, _settings.Delta)
            : SphereMethods.Soft(_problem, scale, _settings.Active, Point(run), _settings.Lambda, _settings.Rate);
    }

    private void Move(int run, CancellationToken cancellation)
    {
        var report = Attempt.Of(
            () => _methods[run].Step(default, new Batch<T> { Samples = _active }, cancellation), (NonFiniteStepException e) => Diverged(Curves[run], e));
        if (report.Solve is not { } solve) return;
        Curves[run].Krylov[Iteration] = solve.Iterations;
        Curves[run].Unconverged[Iteration] = report.IsUnconverged ? 1 : 0;
    }

    private Tensor<T> Point(int run) => _w.Slice(run * _problem.Dimension, _problem.Dimension);

    /// <summary>All constraints and the objective of all runs where they are now.</summary>
    private void Measure()
    {
        var device = _problem.Device;
        var spheres = new SphereRows<T>(_problem.Centres, _rows, SpheresSettings.Radius);
        Hyperspheres<T>.On(device).Forward(spheres, _scales, _w, _distances, _values);
        _values.CopyTo(_host);
        for (var run = 0; run < Curves.Count; run++)
        {
            device.Vectors.Combine(1, Point(run), -1, _problem.Target, _difference);
            var objective = device.Vectors.Dot(_difference, _difference) / 2;
            var median = Statistics.QuantileOrNaN(Magnitudes(run, _rows.Count), 0.5);
            if (!double.IsFinite(objective) || !double.IsFinite(median)) throw Diverged(Curves[run]);
            (Curves[run].Median[Iteration], Curves[run].Objective[Iteration]) = (median, objective);
        }
    }

    private double[] Magnitudes(int run, int count)
        => [.. _host.AsSpan(run * _problem.Count, count).ToArray().Select(value => Math.Abs(double.CreateTruncating(value)))];

    private double ActiveMedian(int run, int[] active)
    {
        if (active.Length == 0) return 0;
        var all = Magnitudes(run, _problem.Count);
        return Statistics.QuantileOrNaN([.. active.Select(i => all[i])], 0.5);
    }

    private UserErrorException Diverged(SphereCurves curves, Exception? inner = null) => new(
        $"the {curves.Method} run of the {curves.Reading.Name} reading left the finite numbers in iteration {Iteration}; "
        + (curves.IsHard ? $"raise --eta (now {_settings.Eta})" : $"lower --rate (now {_settings.Rate}) or --lambda (now {_settings.Lambda})"),
        inner);
}
