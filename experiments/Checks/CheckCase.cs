namespace PoseEngine.Experiments.Checks;

/// <summary>A network whose derivatives are proved, and the constraints on its outputs where there are some.</summary>
/// <param name="Input">Extents of one sample.</param>
/// <param name="Network">The layers, as <see cref="LayerSpec.ParseNetwork"/> reads them.</param>
/// <param name="Samples">Inputs and the columns that constraints read, a sample after the other; random inputs where there are none.</param>
internal sealed record CheckCase(
    string Name, Shape Input, string Network, int Batch, ConstraintTexts? Constraints = null, (double[] Inputs, double[] Columns)? Samples = null)
{
    private static readonly ConstraintTexts Limbs = Problem.WithoutData(ProblemFile.Read(BuiltInProblems.Pose))!.Constraints;

    /// <summary>Samples that constraints across samples are proved on: in two groups, and one alone.</summary>
    private const int GroupedBatch = 6;

    /// <summary>Every layer in every family of sizes. A 1 x 1 convolution stands in front of most of them: it makes the input of the layer
    /// behind move with the parameters, so that both halves of its products are proved.</summary>
    public static IReadOnlyList<CheckCase> All { get; } =
    [
        new("conv 5x5", new Shape(3, 12, 13), "conv2x1,conv8x5", 3),
        new("conv 3x3, odd sizes", new Shape(2, 7, 9), "conv3x1,conv5x3", 2),
        new("conv 3x3, stride 2, rows left over", new Shape(2, 8, 11), "conv3x1,conv4x3s2", 2),
        new("conv 3x3, padding 1", new Shape(2, 6, 7), "conv3x1,conv4x3p1", 2),
        new("conv 4x4, stride 3, padding 2", new Shape(1, 9, 10), "conv2x1,conv3x4s3p2", 3),
        new("pool 4", new Shape(2, 13, 14), "conv3x1,pool4", 2),
        new("pool 2, rows left over", new Shape(2, 7, 9), "conv3x1,pool2", 2),
        new("pool 3, stride 1 (overlapping)", new Shape(2, 7, 8), "conv3x1,pool3s1", 2),
        new("pool 3, stride 2, padding 1", new Shape(2, 8, 7), "conv3x1,pool3s2p1", 2),
        new("relu", new Shape(2, 5, 5), "conv4x1,relu", 3),
        new("tanh", new Shape(2, 5, 5), "conv4x1,tanh", 3),
        new("sigmoid", new Shape(2, 5, 5), "conv4x1,sigmoid", 3),
        new("softplus", new Shape(2, 5, 5), "conv4x1,softplus", 3),
        new("silu", new Shape(2, 5, 5), "conv4x1,silu", 3),
        new("gelu", new Shape(2, 5, 5), "conv4x1,gelu", 3),
        new("leakyrelu", new Shape(2, 5, 5), "conv4x1,leakyrelu0.2", 3),
        new("dense", new Shape(17), "dense23,dense9", 5),
        new("dense behind images", new Shape(2, 4, 5), "conv3x2,dense11", 4),
        new("dense, relu, dense with constraints", new Shape(20), "dense64,relu,dense51", 6, Limbs),
        new("network of Eq. 13", new Shape(3, 128, 128), LayerSpec.PaperNetwork, 2, Limbs),
    ];

    /// <summary>Network and constraints of a problem, on samples of its own where its data are open.</summary>
    public static CheckCase Of(Problem problem)
    {
        var (name, spec, hasGroups) = (problem.Spec.Name, problem.Spec, problem.Constraints.Groups.Count > 0);
        var batch = hasGroups ? GroupedBatch : 4;
        var input = new Shape([.. problem.Input.Split('x').Select(extent => int.Parse(extent, CultureInfo.InvariantCulture))]);
        if (spec.Data.Inputs is null || problem.Data.Labelled.Some(batch) is not { Source: INumberSource numbers } samples)
            return new(name, input, spec.Layers, hasGroups ? GroupedBatch : 2, problem.Constraints);
        var inputs = new double[samples.Count * input.Count];
        for (var i = 0; i < samples.Count; i++) numbers.CopyInput(i, inputs.AsSpan(i * input.Count, input.Count));
        return new(name, input, spec.Layers, samples.Count, problem.Constraints, (inputs, samples.Columns));
    }

    /// <summary>Proves the residual of Eq. 14, and the constraints where there are some, at weights drawn from a seed.</summary>
    public IEnumerable<ProofResult> Prove<T>(ComputeDevice<T> device, ulong seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var cpu = new CpuDevice<double>();
        var generator = new RandomGenerator(seed, 7);
        var network = new Network<double>(cpu, Input, LayerSpec.ParseNetwork(Network));
        var w = network.InitializeHe(generator).ToArray();
        foreach (var bias in network.Parameters.Where(p => p.IsBias))
        {
            foreach (ref var value in w.AsSpan(bias.Offset, bias.Spec.Shape.Count)) value = 0.1 * generator.NextNormal();
        }
        var inputs = Samples?.Inputs ?? Normal(generator, Input.Count * Batch, 0.5);
        var targets = Normal(generator, network.Output.Count * Batch, 1);
        var proof = new DerivativeProof(w, generator);
        foreach (var (function, reference) in Functions(device, inputs, targets).Zip(Functions(cpu, inputs, targets)))
        {
            foreach (var result in proof.Of(function, reference))
            {
                yield return result with { Name = $"{Name}: {(function.Function is Residual<T> ? "residual" : "constraints")}: {result.Name}" };
            }
        }
    }

    private IEnumerable<MovableFunction<T>> Functions<T>(ComputeDevice<T> device, double[] inputs, double[] targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var network = new Network<T>(device, Input, LayerSpec.ParseNetwork(Network));
        var x = On(device, inputs, Input.Prepend(Batch));
        var at = network.CreateLinearization(Batch);
        MovableFunction<T> Movable(DifferentiableFunction<T> function, Action update) => new(device, function, w =>
        {
            at.MoveTo(w, x);
            update();
        });
        var residual = new Residual<T>(at);
        var y = On(device, targets, at.Output.Shape);
        yield return Movable(residual, () => residual.Update(y));
        if (Constraints is null) yield break;
        var constraint = new OutputConstraintFunction<T>(at, new ConstraintSet<T>(device, Constraints));
        var columns = Samples is { Columns: { Length: > 0 } own } ? On(device, own, new Shape(Batch, own.Length / Batch)) : default;
        var groups = Groups(device, Constraints.Groups.Count);
        yield return Movable(constraint, () => constraint.Update(columns, groups));
    }

    /// <summary>Half of the samples in one group, the last alone, the others in a second; the same by every column.</summary>
    private Tensor<int> Groups<T>(ComputeDevice<T> device, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (columns == 0) return default;
        int[] labels = [.. Enumerable.Range(0, Batch).Select(k => k == Batch - 1 ? 2 : 2 * k / Batch)];
        return SampleGroups.On(device, [.. Enumerable.Repeat(labels, columns)]);
    }

    private static Tensor<T> On<T>(ComputeDevice<T> device, double[] numbers, Shape shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => device.From(Array.ConvertAll(numbers, T.CreateTruncating), shape);

    private static double[] Normal(RandomGenerator generator, int count, double deviation)
        => [.. Enumerable.Range(0, count).Select(_ => deviation * generator.NextNormal())];
}
