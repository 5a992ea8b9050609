using PoseEngine.Expressions;

namespace PoseEngine.Experiments.Runs;

/// <summary>A problem on a device: network, constraints, training images and validation set, loaded once for all runs.</summary>
internal sealed class ProblemDevice<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const ulong WeightStream = 3;
    private readonly Evaluator<T> _validation;
    private readonly ResidentImages<T>? _labelled;
    private readonly ResidentImages<T>? _constrained;

    /// <summary>The problem stays the caller's.</summary>
    public ProblemDevice(ComputeDevice<T> device, Problem problem)
    {
        (Device, Problem) = (device, problem);
        Parts = new ProblemParts<T>(device, problem);
        _validation = new Evaluator<T>(Network, problem.Data.Validation.Source);
        var (labelled, constrained) = (problem.Data.Labelled.Source, problem.Data.Constrained.Source);
        _labelled = ResidentImages<T>.Create(device, labelled);
        _constrained = ReferenceEquals(labelled, constrained) ? _labelled : ResidentImages<T>.Create(device, constrained);
    }

    public ComputeDevice<T> Device { get; }
    public Problem Problem { get; }
    public ProblemParts<T> Parts { get; }
    public Network<T> Network => Parts.Network;

    public Tensor<T> InitialWeights(ulong seed) => InitialWeights(Network, seed);

    /// <summary>The weights that a seed starts from, for any network.</summary>
    public static Tensor<T> InitialWeights(Network<T> network, ulong seed) => network.InitializeHe(new RandomGenerator(seed, WeightStream));

    /// <summary>The weights of a model that a run has saved.</summary>
    public Tensor<T> Load(RunDirectory directory, ModelSummary model) => ModelFile<T>.Load(Path.Combine(directory.Path, model.Model), Device).Parameters;

    public Measured Measure(Tensor<T> w, CancellationToken cancellation = default) => Measure(_validation, Problem.Data.Validation, w, cancellation);

    public Measured Measure(Evaluator<T> evaluator, SampleSet samples, Tensor<T> w, CancellationToken cancellation = default)
        => Measured.Of(Problem, samples, ProblemParts<T>.Predict(Problem, evaluator, w, null, cancellation));

    /// <summary>The samples of a training run under a method's settings.</summary>
    public TrainingData<T> TrainingData(MethodSettings settings, ulong seed) => new(Problem.Data.Labelled.Source)
    {
        Unlabelled = ReferenceEquals(Problem.Data.Constrained, Problem.Data.Labelled) ? null : Problem.Data.Constrained.Source,
        Seed = seed,
        Images = _labelled,
        ActiveSampler = generator => ActiveSet(settings, generator),
    };

    /// <summary>What summary.json says of a run on this problem.</summary>
    public RunSummary Summarize(RunConfig config, IReadOnlyList<ModelSummary> models, double seconds)
    {
        var data = Problem.Data;
        var mean = Problem.Spec.Objective is null
            ? Measured.Of(Problem, data.Validation, new double[data.Validation.Targets.Length]).OfConstant(Problem.MeanTarget).Value("error")
            : double.NaN;
        return new RunSummary(
            config.Command, config.Preset, config.Seed, config.Device, config.Precision, config.Version,
            new DataSummary(data.Name, data.Labelled.Count, data.Validation.Count, mean), models, seconds);
    }

    public void Dispose()
    {
        _validation.Dispose();
        if (!ReferenceEquals(_constrained, _labelled)) _constrained?.Dispose();
        _labelled?.Dispose();
    }

    /// <summary>Chooses a method's active sets out of C.</summary>
    private Sampler<T> ActiveSet(MethodSettings settings, RandomGenerator generator)
    {
        var (source, pool) = (Problem.Data.Constrained.Source, settings.Get(Setting.MiningPool));
        if (source.Groupings > 0) return new GroupedActiveSet<T>(source, generator, settings.Get(Setting.PerGroup));
        return settings.IsMined
            ? new MinedActiveSet<T>(new ViolationScorer<T>(Network, Parts.Constraint, source, 1, _constrained, pool), source.Count, pool, generator)
            : new RandomActiveSet<T>(source.Count, generator);
    }
}

/// <summary>What of a problem is on a device without any data: network, constraints and risk.</summary>
internal sealed class ProblemParts<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Problem _problem;

    /// <summary>The parts on a device, which may be one that measures memory.</summary>
    /// <exception cref="UserErrorException">The network's text is none.</exception>
    public ProblemParts(ComputeDevice<T> device, Problem problem)
        : this(Attempt.Of(() => Network<T>.Parse(device, problem.Input, problem.Spec.Layers, problem.Constraints), (FormatException e) => problem.Spec.Error("layers", e.Message, e)), problem)
    {
    }

    /// <summary>The parts with another network that fits the problem, such as a saved model's.</summary>
    public ProblemParts(Network<T> network, Problem problem)
        => (Network, _problem, Constraint) = (network, problem, new ConstraintSet<T>(network.Device, problem.Constraints));

    public Network<T> Network { get; }

    /// <summary>The same with its outputs projected onto the constraints; the parameters are the same.</summary>
    private Network<T> Projected => Network.Specs[^1] is ProjectSpec ? Network : new(Network.Device, Network.Input, [.. Network.Specs, new ProjectSpec(_problem.Constraints)]);

    /// <summary>C_j of one sample's outputs.</summary>
    public ConstraintSet<T> Constraint { get; }

    public TrainingMethod<T> Method(MethodSettings settings, Tensor<T> w, int batch)
    {
        var parts = new MethodParts<T>(Risk(batch, settings.Method.TrainsProjected), active => new OutputConstraintFunction<T>(Network, Constraint, active), w) { ConstraintUnits = Constraint.Texts.Units };
        return settings.Method.Create(settings, parts);
    }

    /// <summary>Predictions in the unit of the targets [N, outputs].</summary>
    public static double[] Predict(Problem problem, Evaluator<T> evaluator, Tensor<T> w, IProgress<(long Done, long Total)>? progress, CancellationToken cancellation)
    {
        var (predictions, scale) = (evaluator.Predict(w, progress, cancellation), problem.Scale.Outputs);
        for (var i = 0; i < predictions.Length; i++) predictions[i] = scale.ToTarget(i % problem.Outputs, predictions[i]);
        return predictions;
    }

    /// <summary>R on minibatches of a size; the caller disposes of it.</summary>
    public Risk<T> Risk(int batch, bool isProjected = false) => Risk(isProjected ? Projected : Network, batch);

    private Risk<T> Risk(Network<T> network, int batch) => _problem.Spec.Objective is { } text
        ? new OutputLossRisk<T>(network, new ExpressionLoss<T>(network.Device, _problem.Variables, text), batch)
        : new ResidualRisk<T>(network, batch);
}
