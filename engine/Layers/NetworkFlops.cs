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
        foreach (var layer in LayerFlops.Of(network))
        {
            forward += layer.Forward;
            product += layer.Product * ((layer.Parameters > 0 ? 1 : 0) + (layer.InputMoves ? 1 : 0));
        }
        return new NetworkFlops(forward, product, product);
    }
}
