namespace PoseEngine.Experiments.Runs;

/// <summary>What all runs on one device share, loaded once: network, training images, validation set.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class TrainingProblem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const ulong WeightStream = 3;

    private readonly DataSet _data;
    private readonly int _batch;
    private readonly ResidentImages<T>? _images;

    /// <summary>Section 5 on a device.</summary>
    /// <param name="device">Where to train.</param>
    /// <param name="data">The training and the validation set.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    public TrainingProblem(ComputeDevice<T> device, DataSet data, int batch)
    {
        (_data, _batch) = (data, batch);
        Network = Network<T>.Paper(device);
        Evaluator = new Evaluator<T>(Network, data.Poses.Validation, PoseRun<T>.UnitMm);
        _images = ResidentImages<T>.Create(device, data.Poses.Train);
    }

    /// <summary>phi.</summary>
    public Network<T> Network { get; }

    /// <summary>The validation set.</summary>
    public Evaluator<T> Evaluator { get; }

    /// <summary>A run of some seed into a folder.</summary>
    public TrainingRun<T> Run(ulong seed, RunDirectory directory, IRunObserver observer) => new(
        Network, _data.Poses.Train, Evaluator, _data.Settings, PoseRun<T>.UnitMm, _batch, seed, directory, observer, _images);

    /// <summary>The weights that a seed starts from.</summary>
    public Tensor<T> InitialWeights(ulong seed) => InitialWeights(Network, seed);

    /// <summary>The weights that a seed starts from, for any network.</summary>
    public static Tensor<T> InitialWeights(Network<T> network, ulong seed) => network.InitializeHe(new RandomGenerator(seed, WeightStream));

    /// <summary>The weights of a model that a run has saved.</summary>
    public Tensor<T> Load(RunDirectory directory, ModelSummary model)
        => ModelFile<T>.Load(Path.Combine(directory.Path, model.Model), Network.Device).Parameters;

    /// <summary>Trains a model, or finishes what a checkpoint began.</summary>
    /// <param name="run">Where and on what.</param>
    /// <param name="plan">The method and for how long.</param>
    /// <param name="start">The parameters to start from.</param>
    /// <param name="goesOn">Whether a model that diverges is summarized as such: others do not depend on it.</param>
    /// <param name="cancellation">Ctrl-C.</param>
    /// <exception cref="DivergedException">It diverged, and <paramref name="goesOn"/> is false.</exception>
    public static ModelSummary Train(TrainingRun<T> run, ModelPlan plan, Tensor<T> start, bool goesOn, CancellationToken cancellation)
    {
        using var training = new ModelTraining<T>(run, plan, start);
        try
        {
            return training.Train(cancellation);
        }
        catch (DivergedException e) when (goesOn)
        {
            return training.SummarizeDiverged(e);
        }
    }

    /// <summary>What summary.json says of a run on this problem.</summary>
    public RunSummary Summarize(RunConfig config, IReadOnlyList<ModelSummary> models, double seconds)
    {
        var poses = _data.Poses;
        var data = new DataSummary(poses.SourceName, poses.Train.Count, poses.Validation.Count, Evaluator.ErrorOfConstant(poses.MeanTrainingPose));
        return new RunSummary(config.Command, config.Preset, config.Seed, config.Device, config.Precision, config.Version, data, models, seconds);
    }
}
