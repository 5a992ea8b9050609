using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// What a layer shall be before its input is known. A network's text is a comma-separated list of them:
/// <c>conv8x5</c> (8 filters of 5 x 5), <c>conv16x3s2p1</c> (stride 2, padding 1), <c>pool4</c>, <c>pool3s2p1</c>,
/// <c>relu</c>, <c>dense1024</c>.
/// </summary>
public abstract partial record LayerSpec
{
    /// <summary>The network of Eq. 13: 2,096,931 parameters for inputs of 3 x 128 x 128.</summary>
    public const string PaperNetwork =
        "conv8x5,pool4,relu,conv8x5,pool2,relu,conv8x3,dense1024,relu,dense1024,relu,dense51";

    /// <summary>A text of more layers is damage, or an attempt to make us allocate.</summary>
    private const int MostLayers = 1000;

    /// <summary>The word that a layer's name begins with.</summary>
    public abstract string Kind { get; }

    /// <summary>Makes the layer for a known input.</summary>
    public abstract Layer<T> Create<T>(string name, Shape input)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Reads a network's text.</summary>
    /// <exception cref="FormatException">A word is not a layer; the message names it and its place.</exception>
    public static IReadOnlyList<LayerSpec> ParseNetwork(string text)
    {
        if (text.AsSpan().Count(',') >= MostLayers) throw new FormatException($"network: more than {MostLayers} layers");
        var words = text.Split(',', StringSplitOptions.TrimEntries);
        return [.. words.Select((word, index) => Parse(word)
            ?? throw new FormatException(
                $"network: layer {index + 1} of {words.Length} is \"{(word.Length <= 40 ? word : word[..40] + "...")}\", expected conv8x5, pool4, relu or dense51 (conv and pool take s2 and p1 behind)"))];
    }

    /// <summary>The text that <see cref="ParseNetwork"/> reads.</summary>
    public static string FormatNetwork(IEnumerable<LayerSpec> layers) => string.Join(',', layers);

    private static LayerSpec? Parse(string word)
    {
        if (word == "relu") return new ReluSpec();
        var match = Pattern().Match(word);
        if (!match.Success) return null;
        var size = Number(match, "size", 0);
        var (stride, padding) = (Number(match, "stride", 0), Number(match, "padding", 0));
        return match.Groups["kind"].Value switch
        {
            "conv" when match.Groups["filters"].Success
                => new ConvolutionSpec(Number(match, "filters", 0), size, stride == 0 ? 1 : stride, padding),
            "pool" when !match.Groups["filters"].Success => new MaxPoolSpec(size, stride == 0 ? size : stride, padding),
            "dense" when !match.Groups["filters"].Success && stride == 0 && padding == 0 => new DenseSpec(size),
            _ => null,
        };
    }

    private static int Number(Match match, string group, int absent)
        => match.Groups[group].Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : absent;

    [GeneratedRegex(@"^(?<kind>conv|pool|dense)((?<filters>[1-9]\d{0,5})x)?(?<size>[1-9]\d{0,5})(s(?<stride>[1-9]\d{0,3}))?(p(?<padding>\d{1,4}))?$")]
    private static partial Regex Pattern();
}

/// <summary>A convolution of square filters.</summary>
public sealed record ConvolutionSpec(int Filters, int Size, int Stride = 1, int Padding = 0) : LayerSpec
{
    /// <inheritdoc/>
    public override string Kind => "conv";

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input) => new Convolution<T>(name, input, Filters, Size, Stride, Padding);

    /// <inheritdoc/>
    public override string ToString()
        => $"conv{Filters}x{Size}{(Stride == 1 ? "" : $"s{Stride}")}{(Padding == 0 ? "" : $"p{Padding}")}";
}

/// <summary>Max-pooling over square windows.</summary>
public sealed record MaxPoolSpec(int Window, int Stride, int Padding = 0) : LayerSpec
{
    /// <inheritdoc/>
    public override string Kind => "pool";

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input) => new MaxPool<T>(name, input, Window, Stride, Padding);

    /// <inheritdoc/>
    public override string ToString()
        => $"pool{Window}{(Stride == Window ? "" : $"s{Stride}")}{(Padding == 0 ? "" : $"p{Padding}")}";
}

/// <summary>ReLU.</summary>
public sealed record ReluSpec : LayerSpec
{
    /// <inheritdoc/>
    public override string Kind => "relu";

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input) => new Relu<T>(name, input);

    /// <inheritdoc/>
    public override string ToString() => "relu";
}

/// <summary>An affine transformation.</summary>
public sealed record DenseSpec(int Outputs) : LayerSpec
{
    /// <inheritdoc/>
    public override string Kind => "dense";

    /// <inheritdoc/>
    public override Layer<T> Create<T>(string name, Shape input) => new Dense<T>(name, input, Outputs);

    /// <inheritdoc/>
    public override string ToString() => $"dense{Outputs}";
}
