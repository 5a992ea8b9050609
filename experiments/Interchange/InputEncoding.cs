namespace PoseEngine.Experiments.Interchange;

/// <summary>
/// How the network of a foreign file reads colours: (rgb / 255 - mean) / std, as PyTorch's Normalize has it, one number a
/// channel or one for all. Ours is mean 0.5 and std 1. Another one is folded into the first layer: with x' = a x + b for our
/// x, the layer W' x' + c' is W x + c with W = a W' and c = c' + sum of W' b.
/// </summary>
internal sealed record InputEncoding(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)
{
    /// <summary>What every network of ours reads.</summary>
    public static InputEncoding Own { get; } = new([0.5], [1]);

    private bool IsOwn => Mean.All(mean => mean == 0.5) && Deviation.All(deviation => deviation == 1);

    /// <exception cref="UserErrorException">A word is not a number of the allowed range.</exception>
    public static InputEncoding Parse(string mean, string deviation) => new(Numbers("--mean", mean, -1000), Numbers("--std", deviation, 1e-6));

    /// <summary>Turns a network's parameters w, changed in place, into those of the network that reads our encoding.</summary>
    /// <exception cref="UserErrorException">
    /// The first layer is neither a convolution without padding nor dense, or the numbers do not fit its channels.
    /// </exception>
    public void Fold<T>(Network<T> network, T[] w)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var channels = network.Input[0];
        var (mean, deviation) = (Spread("--mean", Mean, channels), Spread("--std", Deviation, channels));
        if (IsOwn) return;
        if (!Folds(network.Specs[0], mean))
        {
            throw new UserErrorException(
                $"--mean and --std: the network {network.Text} does not begin with a convolution without padding or a dense layer, into which another encoding than {ModelFormat.InputEncoding} could be folded");
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

    /// <summary>Padding is 0 in either encoding, so that it can be scaled but not shifted.</summary>
    private static bool Folds(LayerSpec first, double[] mean) => first.IsAffine && (!first.PadsInput || mean.All(m => m == 0.5));

    private static double[] Spread(string option, IReadOnlyList<double> numbers, int channels)
        => numbers.Count == 1 ? [.. Enumerable.Repeat(numbers[0], channels)]
            : numbers.Count == channels ? [.. numbers]
            : throw new UserErrorException($"{option}: {numbers.Count} numbers for {channels} channels; give one, or one for each");

    private static double[] Numbers(string option, string text, double least) =>
    [
        .. text.Split(',').Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= 1000
            ? number
            : throw new UserErrorException($"{option} {text}: \"{word}\" is not a number from {least} to 1000")),
    ];
}
