namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Random images, given to the network as training gives them to it, and targets of about the size that walkers have in units of
/// 100 mm.</summary>
internal static class RandomSamples
{
    public static Batch<T> Create<T>(Problem problem, Network<T> network, RandomGenerator generator, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var inputs = Inputs(network, generator, count);
        return new Batch<T>(inputs, Normal(network.Device, generator, network.Output.Prepend(count), 3))
        {
            Columns = Columns(problem, network.Device, count),
            Groups = problem.Constraints.Groups.Count == 0 ? default : SampleGroups.On(network.Device, [.. problem.Constraints.Groups.Select(_ => Enumerable.Range(0, count).Select(k => k / GroupedActiveSet.UsualPerGroup).ToArray())]),
        };
    }

    private static Tensor<T> Normal<T>(ComputeDevice<T> device, RandomGenerator generator, Shape shape, double deviation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => device.From([.. Enumerable.Range(0, shape.Count).Select(_ => T.CreateTruncating(deviation * generator.NextNormal()))], shape);

    /// <summary>What constraints read of samples is not made up: rows of the problem's own data, again and again.</summary>
    private static Tensor<T> Columns<T>(Problem problem, ComputeDevice<T> device, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (problem.Spec.Data.Inputs is null || problem.Data.Labelled.Columns is not { Length: > 0 } columns) return default;
        var width = columns.Length / problem.Data.Labelled.Count;
        return device.From([.. Enumerable.Range(0, count * width).Select(i => T.CreateTruncating(columns[i % columns.Length]))], new Shape(count, width));
    }

    private static NetworkInput<T> Inputs<T>(Network<T> network, RandomGenerator generator, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var device = network.Device;
        if (network.Input.Rank != 3) return Normal(device, generator, network.Input.Prepend(count), 1);
        var pixels = new byte[count * network.Input.Count];
        foreach (ref var pixel in pixels.AsSpan()) pixel = (byte)generator.NextInt(256);
        var images = device.Zeros<byte>(new Shape(count, network.Input[1], network.Input[2], network.Input[0]));
        images.CopyFrom(pixels);
        if (device.PooledConvolution is { ReadsImages: true }) return new NetworkInput<T>(images);
        var numbers = device.Zeros(network.Input.Prepend(count));
        device.Images.Normalize(images, numbers);
        return numbers;
    }
}
