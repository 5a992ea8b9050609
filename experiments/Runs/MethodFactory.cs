using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Runs;

/// <summary>Makes training methods from their settings.</summary>
public static class MethodFactory
{
    /// <summary>A method that trains <paramref name="w"/> in place under the six constraints of Table 2.</summary>
    public static TrainingMethod<T> Create<T>(MethodSettings settings, Network<T> network, Tensor<T> w, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var constraint = new LimbSymmetry<T>(network.Device);
        var soft = new SoftConstraint<T>(constraint, settings.Lambdas, settings.Penalty, settings.ActiveSamples) { Schedule = settings.Schedule };
        var adam = new AdamOptions(settings.Rate, Epsilon: settings.Epsilon);
        return settings.Method switch
        {
            "unconstrained" => new SoftAdam<T>(network, w, batch, adam, null),
            "soft-adam" => new SoftAdam<T>(network, w, batch, adam, soft),
            "soft-sgd" => new SoftSgd<T>(network, w, batch, settings.Eta, soft, settings.Momentum),
            "hard-sgd" => new HardSgd<T>(network, w, batch, HardOptions(settings, constraint)),
            "hard-adam" => new HardAdam<T>(network, w, batch, HardAdamOptions(settings, constraint, adam)),
            "hard-gn" or "hard-lm" => new HardGaussNewton<T>(network, w, batch, GaussNewtonOptions(settings, constraint)),
            _ => throw new UserErrorException($"--method {settings.Method}: no such method"),
        };
    }

    private static HardSgdOptions<T> HardOptions<T>(MethodSettings settings, IOutputConstraint<T> constraint)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(constraint, settings.ActiveSamples, settings.Eta)
        {
            Solver = settings.Solver,
            Krylov = Krylov(settings),
        };

    private static HardAdamOptions<T> HardAdamOptions<T>(MethodSettings settings, IOutputConstraint<T> constraint, AdamOptions adam)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(constraint, settings.ActiveSamples, settings.Eta)
        {
            Warmup = settings.Warmup,
            Moments = adam,
            Krylov = Krylov(settings),
        };

    private static HardGaussNewtonOptions<T> GaussNewtonOptions<T>(MethodSettings settings, IOutputConstraint<T> constraint)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(constraint, settings.ActiveSamples, settings.Eta, Adapts: settings.Method == "hard-lm")
        {
            Krylov = Krylov(settings),
        };

    /// <summary>Chooses a method's active sets from the training samples.</summary>
    /// <param name="settings">The method.</param>
    /// <param name="network">phi.</param>
    /// <param name="source">C.</param>
    /// <param name="unit">Units of the source in one unit of the outputs.</param>
    /// <param name="resident">The source's images on the device, or null.</param>
    /// <param name="generator">Where random choices come from.</param>
    public static ActiveSet<T> CreateActiveSet<T>(
        MethodSettings settings, Network<T> network, ISampleSource source, double unit, ResidentImages<T>? resident,
        RandomGenerator generator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => settings.IsMined
            ? new MinedActiveSet<T>(
                new ViolationScorer<T>(network, new LimbSymmetry<T>(network.Device), source, unit, resident, settings.MiningPool),
                source.Count, settings.MiningPool, generator)
            : new RandomActiveSet<T>(source.Count, generator);

    private static KrylovOptions Krylov(MethodSettings settings) => new()
    {
        RelativeTolerance = settings.Tolerance,
        MaxIterations = settings.MaxKrylovIterations,
        Verify = false,
    };
}
