using System.Numerics;

namespace PoseEngine.Layers;

/// <summary>
/// The operations that a network needs for one sample, a multiply-add counted as two. Forward computes every position;
/// R-op and L-op need only those that win the max-pooling behind a convolution, and twice the products of forward,
/// except in the first layer, whose input does not move. ReLU, pooling and constraints are not counted: they are a
/// thousandth. For Eq. 13: forward 25.11 million, R-op and L-op 10.9 million each.
/// </summary>
/// <param name="Forward">Operations of the value.</param>
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
        var inputMoves = false;
        for (var i = 0; i < network.Layers.Count; i++)
        {
            var layer = network.Layers[i];
            var flops = network.Specs[i].Flops(layer.Input, layer.Output);
            forward += flops;
            product += Math.Round(flops * ShareRead(network, i + 1)) * ((layer.Parameters.Count > 0 ? 1 : 0) + (inputMoves ? 1 : 0));
            inputMoves |= layer.Parameters.Count > 0;
        }
        return new NetworkFlops(forward, product, product);
    }

    /// <summary>The share of a layer's input that its products need.</summary>
    private static double ShareRead<T>(Network<T> network, int layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => layer == network.Layers.Count ? 1 : network.Specs[layer].ShareRead(network.Layers[layer].Input, network.Layers[layer].Output);
}
