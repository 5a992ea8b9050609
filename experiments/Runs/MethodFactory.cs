namespace PoseEngine.Experiments.Runs;

/// <summary>Makes training methods from their settings.</summary>
public static class MethodFactory
{
    /// <summary>A method that trains <paramref name="w"/> in place under the six constraints of Table 2.</summary>
    public static TrainingMethod<T> Create<T>(MethodSettings settings, Network<T> network, Tensor<T> w, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var adam = new AdamOptions(Rate: settings.Rate, Epsilon: settings.Epsilon) { Schedule = settings.RateSchedule };
        var risk = new ResidualRisk<T>(network, batch);
        return settings.Method switch
        {
            "unconstrained" => new SoftAdam<T>(risk, w, adam, null),
            "soft-adam" => new SoftAdam<T>(risk, w, adam, Soft()),
            "soft-sgd" => new SoftSgd<T>(risk, w, settings.Eta, Soft(), settings.Momentum, settings.RateSchedule),
            "hard-sgd" => new HardSgd<T>(risk, Constraint(), w, Hard(new HardSgdOptions(settings.Eta) { Solver = settings.Solver })),
            "hard-adam" => new HardAdam<T>(
                risk, Constraint(), w, Hard(new HardAdamOptions(settings.Eta) { Warmup = settings.Warmup, Moments = adam })),
            "hard-gn" or "hard-lm" => new HardGaussNewton<T>(
                risk, Constraint(), w, Hard(new HardGaussNewtonOptions(settings.Eta, Adapts: settings.Method == "hard-lm"))),
            _ => throw new UserErrorException($"--method {settings.Method}: no such method"),
        };

        OutputConstraintFunction<T> Constraint() => new(network, new LimbSymmetry<T>(network.Device), settings.ActiveSamples);

        TOptions Hard<TOptions>(TOptions options)
            where TOptions : HardOptions
            => options with { Schedule = settings.RateSchedule, Krylov = Krylov(settings), Unconverged = settings.OnUnconverged };

        SoftConstraint<T> Soft() => new(Constraint(), settings.Lambdas, settings.Penalty) { Schedule = settings.Schedule };
    }

    /// <summary>Chooses a method's active sets from the training samples.</summary>
    /// <param name="settings">The method.</param>
    /// <param name="network">phi.</param>
    /// <param name="source">C.</param>
    /// <param name="unit">Units of the source in one unit of the outputs.</param>
    /// <param name="resident">The source's images on the device, or null.</param>
    /// <param name="generator">Where random choices come from.</param>
    public static Sampler<T> CreateActiveSet<T>(
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
