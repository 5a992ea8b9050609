using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>
/// A small network of every kind of layer with four joints a sample and one constraint on them, and batches that lie in
/// the same memory in every step.
/// </summary>
internal sealed class StepProblem
{
    private const int Samples = 3;
    private static readonly Shape Image = new(2, 9, 9);
    private readonly ComputeDevice<double> _device;
    private Batch<double> _batch;
    private Batch<double> _activeSet;

    public StepProblem(ComputeDevice<double> device)
    {
        _device = device;
        Network = new Network<double>(device, Image, LayerSpec.ParseNetwork("conv3x2,pool2,relu,dense8,relu,dense12"));
        Parameters = Network.InitializeHe(new RandomGenerator(3));
        Symmetry = new LimbSymmetry<double>(device, 4, (0, 1, 2, 3));
        (_batch, _activeSet) = (Zeros(), Zeros());
    }

    /// <summary>
    /// The names of all methods; hard-sgd by itself is that with MINRES-QLP. Behind a hard one: "delta" damps by 0.3, "auto" by a
    /// delta that adapts, "reject" takes steps back.
    /// </summary>
    public static string[] Methods { get; } =
    [
        "unconstrained", "soft-sgd", "soft-sgd momentum", "soft-adam", "lagrangian", "hard-sgd", "hard-sgd gram", "hard-adam", "hard-lm",
        "hard-sgd delta", "hard-sgd gram auto", "hard-adam auto reject", "hard-lm auto",
    ];

    public Network<double> Network { get; }

    public Tensor<double> Parameters { get; }

    public IOutputConstraint<double> Symmetry { get; }

    /// <summary>The active samples of the last step.</summary>
    public Batch<double> ActiveSet => _activeSet;

    /// <summary>The parameters after a few steps from the start, with the report of the last.</summary>
    public static (double[] Parameters, StepReport Last) Train(
        ComputeDevice<double> device, string name, int steps, bool newMemory = false)
    {
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry);
        StepReport? last = null;
        for (var i = 1; i <= steps; i++) last = problem.Step(method, i, newMemory);
        return (problem.Parameters.ToArray(), last!);
    }

    public TrainingMethod<double> Method(
        string name, IOutputConstraint<double> constraint, KrylovOptions? krylov = null, UnconvergedPolicy unconverged = UnconvergedPolicy.Take)
    {
        krylov ??= new KrylovOptions();
        var risk = new ResidualRisk<double>(Network, Samples);
        var function = new OutputConstraintFunction<double>(Network, constraint, Samples);
        var soft = new SoftConstraint<double>(function, 0.1);
        var words = name.Split(' ');
        TOptions Shared<TOptions>(TOptions options)
            where TOptions : HardOptions
            => options with
            {
                Krylov = krylov,
                Unconverged = unconverged,
                Delta = words.Contains("delta") ? 0.3 : words.Contains("auto") ? 1 : 0,
                AdaptsDelta = words.Contains("auto"),
                Rejects = words.Contains("reject"),
            };
        return string.Join(' ', words.Except(["delta", "auto", "reject"])) switch
        {
            "soft-sgd" => new SoftSgd<double>(risk, Parameters, 50, soft),
            "lagrangian" => new Lagrangian<double>(risk, function, Parameters, new LagrangianOptions(0.1)),
            "soft-adam" => new SoftAdam<double>(risk, Parameters, new AdamOptions(), soft),
            "soft-sgd momentum" => new SoftSgd<double>(risk, Parameters, 50, soft with { Schedule = new LambdaSchedule(0.1, 3) }, 0.5),
            "hard-adam" => new HardAdam<double>(
                risk, function, Parameters, Shared(new HardAdamOptions(100) { Warmup = 1, Moments = new AdamOptions(Epsilon: 1e-3) })),
            "hard-gn" or "hard-lm" => new HardGaussNewton<double>(
                risk, function, Parameters, Shared(new HardGaussNewtonOptions(50, Adapts: words[0] == "hard-lm"))),
            "hard-sgd" or "hard-sgd gram" or "hard-sgd lsqr" => new HardSgd<double>(
                risk, function, Parameters, Shared(new HardSgdOptions(50) { Solver = words.Contains("gram") ? KktSolver.Gram : words.Contains("lsqr") ? KktSolver.Lsqr : KktSolver.MinresQlp })),
            _ => new SoftAdam<double>(risk, Parameters, new AdamOptions(), null),
        };
    }

    /// <summary>Soft-SGD with momentum whose rate and lambda are others in every step.</summary>
    public TrainingMethod<double> Scheduled()
    {
        var soft = new SoftConstraint<double>(new OutputConstraintFunction<double>(Network, Symmetry, Samples), 0.1) { Schedule = new LambdaSchedule(0.1, 10) };
        return new SoftSgd<double>(new ResidualRisk<double>(Network, Samples), Parameters, 50, soft, 0.5, RateSchedule.Cosine(10));
    }

    /// <summary>One step on samples drawn by a seed; NaN as seed or factor puts one into an input.</summary>
    public StepReport Step(
        TrainingMethod<double> method, double seed, bool newMemory = false, double activeFactor = 1, CancellationToken cancellation = default)
    {
        if (newMemory) (_batch, _activeSet) = (Zeros(), Zeros());
        var drawn = double.IsNaN(seed) ? 1 : seed;
        Fill(_batch, drawn, double.IsNaN(seed) ? double.NaN : 1);
        Fill(_activeSet, 100 + drawn, activeFactor);
        return method.Step(_batch, _activeSet, cancellation);
    }

    private static void Fill(Batch<double> batch, double seed, double first)
    {
        var random = new RandomGenerator((ulong)seed);
        double[] inputs = [.. Enumerable.Range(0, batch.Inputs.Count).Select(_ => random.NextNormal())];
        inputs[0] = first;
        batch.Inputs.Values.CopyFrom(inputs);
        batch.Targets.CopyFrom([.. Enumerable.Range(0, batch.Targets.Count).Select(_ => random.NextNormal())]);
    }

    private Batch<double> Zeros() => new(_device.Zeros(Image.Prepend(Samples)), _device.Zeros(new Shape(Samples, 12)));
}
