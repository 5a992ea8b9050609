namespace PoseEngine.Experiments.Benchmarks;

/// <summary>
/// Random images, given to the network as training gives them to it, and targets of about the size that walkers have in
/// units of 100 mm.
/// </summary>
internal static class RandomSamples
{
    public static Batch<T> Create<T>(Problem problem, Network<T> network, RandomGenerator generator, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var inputs = Inputs(network, generator, count);
        var targets = new T[count * network.Output.Count];
        foreach (ref var target in targets.AsSpan()) target = T.CreateTruncating(3 * generator.NextNormal());
        return new Batch<T>(inputs, network.Device.From(targets, network.Output.Prepend(count))) { Columns = Columns<T>(problem, network.Device, count) };
    }

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
        if (network.Input.Rank != 3)
        {
            var values = new T[count * network.Input.Count];
            foreach (ref var value in values.AsSpan()) value = T.CreateTruncating(generator.NextNormal());
            return device.From(values, network.Input.Prepend(count));
        }
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
