using System.Numerics;
using PoseEngine.Layers;

namespace PoseEngine.Models;

/// <summary>
/// How the network of a foreign file reads colours: (rgb / 255 - mean) / std, as PyTorch's Normalize has it, one number a
/// channel or one for all. Ours is mean 0.5 and std 1. Another one is folded into the first layer: with x' = a x + b for our
/// x, the layer W' x' + c' is W x + c with W = a W' and c = c' + sum of W' b.
/// </summary>
/// <param name="Mean">The means.</param>
/// <param name="Deviation">What the differences are divided by, above 0.</param>
public sealed record InputEncoding(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)
{
    /// <summary>What every network of ours reads.</summary>
    public static InputEncoding Own { get; } = new([0.5], [1]);

    private bool IsOwn => Mean.All(mean => mean == 0.5) && Deviation.All(deviation => deviation == 1);

    /// <summary>Turns a network's parameters into those of the network that reads our encoding.</summary>
    /// <param name="network">The network, whose input begins with its channels.</param>
    /// <param name="w">All parameters, changed in place.</param>
    /// <exception cref="ModelFileException">The first layer is neither a convolution without padding nor dense.</exception>
    /// <exception cref="ArgumentException">The numbers do not fit the channels, or w the network.</exception>
    public void Fold<T>(Network<T> network, T[] w)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Guard.Equal(w.Length, network.ParameterCount, "the parameters of another encoding");
        var channels = network.Input[0];
        var (mean, deviation) = (Spread("means", Mean, channels), Spread("deviations", Deviation, channels));
        if (IsOwn) return;
        // Padding is 0 in either encoding, so that it can be scaled but not shifted.
        if (!network.Specs[0].IsAffine || (network.Specs[0].PadsInput && mean.Any(m => m != 0.5)))
        {
            throw new ModelFileException(
                $"the network {network.Text} does not begin with a convolution without padding or a dense layer, into which another encoding than {ModelFormat.InputEncoding} could be folded");
        }
        var (weight, bias) = (network.Parameters[0], network.Parameters[1]);
        var outputs = bias.Spec.Shape.Count;
        var inputs = weight.Spec.Shape.Count / outputs;
        for (var o = 0; o < outputs; o++)
        {
            var sum = 0.0;
            for (var i = 0; i < inputs; i++)
            {
                var c = i / (inputs / channels);
                ref var factor = ref w[weight.Offset + (o * inputs) + i];
                var scaled = double.CreateChecked(factor) / deviation[c];
                sum += scaled * (0.5 - mean[c]);
                factor = T.CreateTruncating(scaled);
            }
            w[bias.Offset + o] = T.CreateTruncating(double.CreateChecked(w[bias.Offset + o]) + sum);
        }
    }

    private static double[] Spread(string what, IReadOnlyList<double> numbers, int channels)
    {
        if (numbers.Count == 1) return [.. Enumerable.Repeat(numbers[0], channels)];
        return numbers.Count == channels ? [.. numbers] : throw new ArgumentException($"{numbers.Count} {what} for {channels} channels; give one, or one for each");
    }
}
