namespace PoseEngine.Experiments.Benchmarks;

/// <summary>
/// Random images, given to the network as training gives them to it, and targets of about the size that walkers have in
/// units of 100 mm.
/// </summary>
internal static class RandomSamples
{
    public static Batch<T> Create<T>(Network<T> network, RandomGenerator generator, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var pixels = new byte[count * network.Input.Count];
        foreach (ref var pixel in pixels.AsSpan()) pixel = (byte)generator.NextInt(256);
        var targets = new T[count * network.Output.Count];
        foreach (ref var target in targets.AsSpan()) target = T.CreateTruncating(3 * generator.NextNormal());
        return new Batch<T>(Inputs(network, pixels, count), network.Device.From(targets, network.Output.Prepend(count)));
    }

    private static NetworkInput<T> Inputs<T>(Network<T> network, byte[] pixels, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var device = network.Device;
        var images = device.Zeros<byte>(new Shape(count, network.Input[1], network.Input[2], network.Input[0]));
        images.CopyFrom(pixels);
        if (device.PooledConvolution is { ReadsImages: true }) return new NetworkInput<T>(images);
        var numbers = device.Zeros(network.Input.Prepend(count));
        device.Images.Normalize(images, numbers);
        return numbers;
    }
}
