using System.Numerics;
using PoseEngine.Layers;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>
/// The operations that a network needs for one sample, a multiply-add counted as two. Forward computes every position;
/// R-op and L-op need only those that win the max-pooling behind a convolution, and twice the products of forward,
/// except in the first layer, whose input does not move. ReLU, pooling and constraints are not counted: they are a
/// thousandth. For Eq. 13: forward 25.11 million, R-op and L-op 10.9 million each.
/// </summary>
/// <param name="Forward">The value.</param>
/// <param name="Rop">One directional derivative in the parameters, from a linearization.</param>
/// <param name="Lop">One adjoint of the parameters, from a linearization.</param>
public sealed record NetworkFlops(double Forward, double Rop, double Lop)
{
    /// <summary>A whole gradient: forward and L-op.</summary>
    public double Gradient => Forward + Lop;

    /// <summary>One product with a KKT matrix.</summary>
    public double KrylovProduct => Rop + Lop;

    /// <summary>Counts a network.</summary>
    public static NetworkFlops Of<T>(Network<T> network)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (forward, product) = (0.0, 0.0);
        for (var i = 0; i < network.Layers.Count; i++)
        {
            var layer = network.Layers[i];
            if (layer.Parameters.Count == 0) continue;
            var multiplyAdds = 2.0 * layer.Parameters[0].Shape.Count;
            var pooled = i + 1 < network.Layers.Count && network.Layers[i + 1] is MaxPool<T>;
            forward += multiplyAdds * Positions(layer);
            product += multiplyAdds * Positions(pooled ? network.Layers[i + 1] : layer) * (i == 0 ? 1 : 2);
        }
        return new NetworkFlops(forward, product, product);
    }

    /// <summary>Where a layer's weights are applied: once, or at each pixel of its output.</summary>
    private static double Positions<T>(Layer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => layer.Output.Rank == 3 ? (double)layer.Output[1] * layer.Output[2] : 1;
}
