using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// Decides which successive layers are computed as one operator on a device: a convolution with the pooling behind it
/// (windows side by side, no padding) and the ReLU behind that, or with a ReLU alone; a dense layer with the ReLU behind it.
/// Everything else stays a layer by itself.
/// </summary>
internal static class LayerPlan
{
    /// <summary>The steps of a network, first to last; every layer is in exactly one.</summary>
    /// <param name="layers">The network's layers.</param>
    /// <param name="device">Where they compute; it may have no fused operator.</param>
    /// <param name="batch">Samples of a linearization.</param>
    /// <param name="fuse">False keeps every layer a step of its own.</param>
    public static IReadOnlyList<PlannedStep<T>> Of<T>(
        IReadOnlyList<Layer<T>> layers, ComputeDevice<T> device, int batch, bool fuse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var steps = new List<PlannedStep<T>>();
        for (var first = 0; first < layers.Count; first += steps[^1].Count)
        {
            steps.Add((fuse ? Fused(layers, first, device, batch) : null)
                ?? new PlannedStep<T>(first, 1, layers[first].CreateLinearization(device, batch)));
        }
        return steps;
    }

    private static PlannedStep<T>? Fused<T>(IReadOnlyList<Layer<T>> layers, int first, ComputeDevice<T> device, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => layers[first] switch
        {
            Convolution<T> convolution => WithPooling(convolution, layers, first, device, batch),
            Dense<T> dense => WithRelu(dense, layers, first, device, batch),
            _ => null,
        };

    private static PlannedStep<T>? WithPooling<T>(
        Convolution<T> convolution, IReadOnlyList<Layer<T>> layers, int first, ComputeDevice<T> device, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (device.PooledConvolution is not { } kernels) return null;
        var next = first + 1;
        var window = 1;
        if (next < layers.Count && layers[next] is MaxPool<T> { WindowsLieSideBySide: true } pool)
        {
            window = pool.Window;
            next++;
        }
        var relu = next < layers.Count && layers[next] is Relu<T>;
        if (relu) next++;
        var geometry = new PooledConvolutionGeometry(convolution.Geometry with { Batch = batch }, window, relu);
        if (next == first + 1 || !kernels.Supports(geometry)) return null;
        var winners = device.Zeros<byte>(geometry.Output);
        return new PlannedStep<T>(first, next - first, new PooledConvolution<T>(kernels, geometry, winners));
    }

    /// <summary>Not where the ReLU is the last layer: adjoints are gated in place, and those of the outputs are the caller's.</summary>
    private static PlannedStep<T>? WithRelu<T>(
        Dense<T> dense, IReadOnlyList<Layer<T>> layers, int first, ComputeDevice<T> device, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => device.DenseRelu is { } kernels && first + 2 < layers.Count && layers[first + 1] is Relu<T>
            ? new PlannedStep<T>(first, 2, new DenseRelu<T>(device, kernels, dense, batch))
            : null;
}

/// <summary>Layers <paramref name="First"/> to First + Count - 1, computed by one linearization.</summary>
internal sealed record PlannedStep<T>(int First, int Count, LayerLinearization<T> Linearization)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
