using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Random images and targets of about the size that walkers have in units of 100 mm.</summary>
internal static class RandomSamples
{
    public static Batch<T> Create<T>(Network<T> network, RandomGenerator generator, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var pixels = new T[count * network.Input.Count];
        foreach (ref var pixel in pixels.AsSpan()) pixel = T.CreateTruncating(generator.NextDouble() - 0.5);
        var targets = new T[count * network.Output.Count];
        foreach (ref var target in targets.AsSpan()) target = T.CreateTruncating(3 * generator.NextNormal());
        var device = network.Device;
        return new Batch<T>(device.From(pixels, network.Input.Prepend(count)), device.From(targets, network.Output.Prepend(count)));
    }
}
