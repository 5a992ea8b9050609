using System.Diagnostics;
using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Experiments.Runs;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The median times of one batch size, in milliseconds; the names are those of the JSON.</summary>
public sealed record BatchTimes(
    int Batch, double ForwardMs, double ForwardLopMs, double RopMs, double LopMs, double SoftSgdStepMs,
    double SoftAdamStepMs, double HardSgdStepMs, double KrylovIterationsPerStep);

/// <summary>
/// Measures the network of Eq. 13 on random images with He weights: forward, products replayed from one linearization,
/// and whole training steps of a minibatch of 128 with the constraints on a number of samples.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class StepBenchmark<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Minibatch = 128;
    private const int LeastRuns = 5;
    private const int MostRuns = 25;
    private const double SlowMs = 10_000;

    /// <summary>Enough time for a steady median, short enough for a coffee.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(2);

    private readonly ComputeDevice<T> _device;
    private readonly Network<T> _network;
    private readonly Tensor<T> _weights;
    private readonly RandomGenerator _generator;

    /// <summary>A benchmark on a device with random numbers from a seed.</summary>
    public StepBenchmark(ComputeDevice<T> device, ulong seed)
    {
        _device = device;
        _network = Network<T>.Paper(device);
        _generator = new RandomGenerator(seed, 11);
        _weights = _network.InitializeHe(_generator);
    }

    /// <summary>Measures one batch size.</summary>
    public BatchTimes Run(int batch)
    {
        var samples = Samples(batch);
        var at = _network.CreateLinearization(batch);
        var residual = new Residual<T>(at);
        var gradient = _device.Zeros(_network.ParameterCount);
        var forward = Median(() => at.MoveTo(_weights, samples.Inputs));
        var forwardLop = Median(() =>
        {
            at.MoveTo(_weights, samples.Inputs);
            residual.Update(samples.Targets);
            residual.Lop(residual.Value, gradient);
        });

        var constraint = new ConstraintFunction<T>(at, new LimbSymmetry<T>(_device));
        constraint.Update();
        var rows = _device.Zeros(constraint.RowCount);
        var rop = Median(() => constraint.Rop(_weights, rows));
        var lop = Median(() => constraint.Lop(constraint.Value, gradient));

        var (softSgd, _) = Step("soft-sgd", batch, samples);
        var (softAdam, _) = Step("soft-adam", batch, samples);
        var (hardSgd, krylov) = Step("hard-sgd", batch, samples);
        return new BatchTimes(batch, forward, forwardLop, rop, lop, softSgd, softAdam, hardSgd, krylov);
    }

    private (double Milliseconds, double KrylovIterations) Step(string method, int batch, Batch<T> active)
    {
        var w = _device.Zeros(_weights.Count);
        var settings = new MethodSettings { Method = method, ActiveSamples = batch, Eta = 1000, Lambda = 1e-3 };
        var training = MethodFactory.Create(settings, _network, w, Minibatch);
        var minibatch = Samples(Minibatch);
        var iterations = new List<double>();
        var median = Median(() =>
        {
            // Every run is the same first step: a path of steps would measure another system each time.
            _device.Vectors.Copy(_weights, w);
            iterations.Add(training.Step(minibatch, active).Solve?.Iterations ?? 0);
        });
        return (median, Statistics.Quantile([.. iterations], 0.5));
    }

    /// <summary>Random images and targets of about the size that walkers have in units of 100 mm.</summary>
    private Batch<T> Samples(int count)
    {
        var image = _network.Input;
        var pixels = new T[count * image.Count];
        foreach (ref var pixel in pixels.AsSpan()) pixel = T.CreateTruncating(_generator.NextDouble() - 0.5);
        var targets = new T[count * _network.Output.Count];
        foreach (ref var target in targets.AsSpan()) target = T.CreateTruncating(3 * _generator.NextNormal());
        return new Batch<T>(_device.From(pixels, image.Prepend(count)), _device.From(targets, _network.Output.Prepend(count)));
    }

    /// <summary>
    /// The median after one run to warm up. What takes seconds is run a few times only, what takes a minute once more.
    /// </summary>
    private double Median(Action action)
    {
        var warmUp = Time(action);
        var runs = (int)Math.Clamp(Budget.TotalMilliseconds / warmUp, warmUp > SlowMs ? 1 : LeastRuns, MostRuns);
        return Statistics.Quantile([.. Enumerable.Range(0, runs).Select(_ => Time(action))], 0.5);
    }

    private double Time(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        _device.Synchronize();
        return clock.Elapsed.TotalMilliseconds;
    }
}
