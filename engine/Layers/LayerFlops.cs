using System.Numerics;

namespace PoseEngine.Layers;

/// <summary>The operations of one layer for one sample.</summary>
/// <param name="Forward">Those of its value.</param>
/// <param name="Product">
/// Those of one product with the derivative by its weights, or by its input: where pooling stands behind it, of the positions that win.
/// </param>
/// <param name="Parameters">The number of its parameters.</param>
/// <param name="InputMoves">Whether a layer before it has parameters: the derivative by its input is needed.</param>
/// <param name="Gram">Its share of S; nothing where it has no parameters.</param>
internal readonly record struct LayerFlops(double Forward, double Product, int Parameters, bool InputMoves, GramDepth Gram)
{
    /// <summary>Counts a network's layers, first to last.</summary>
    public static IEnumerable<LayerFlops> Of<T>(Network<T> network)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var inputMoves = false;
        for (var i = 0; i < network.Layers.Count; i++)
        {
            var (layer, spec) = (network.Layers[i], network.Specs[i]);
            var forward = spec.Flops(layer.Input, layer.Output);
            var gram = layer.ParameterCount > 0 ? spec.GramDepth(layer.Input, layer.Output, layer.ParameterCount) : default;
            yield return new LayerFlops(forward, Math.Round(forward * ShareRead(network, i + 1)), layer.ParameterCount, inputMoves, gram);
            inputMoves |= layer.ParameterCount > 0;
        }
    }

    /// <summary>The share of a layer's input that its products need.</summary>
    private static double ShareRead<T>(Network<T> network, int layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => layer == network.Layers.Count ? 1 : network.Specs[layer].ShareRead(network.Layers[layer].Input, network.Layers[layer].Output);
}
