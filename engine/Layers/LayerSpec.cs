using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// What a layer shall be before its input is known, and all that others want to know of its kind: its text, its ONNX
/// operators, its operations. A network's text is a comma-separated list of layers: <c>conv8x5</c> (8 filters of 5 x 5),
/// <c>conv16x3s2p1</c> (stride 2, padding 1), <c>pool4</c>, <c>pool3s2p1</c>, <c>relu</c>, <c>dense1024</c>, the functions
/// of <see cref="ElementwiseSpec"/>, <c>project</c>, and what was added by <see cref="LayerWords.Register"/>.
/// </summary>
public abstract record LayerSpec
{
    /// <summary>The network of Eq. 13: 2,096,931 parameters for inputs of 3 x 128 x 128.</summary>
    public const string PaperNetwork =
        "conv8x5,pool4,relu,conv8x5,pool2,relu,conv8x3,dense1024,relu,dense1024,relu,dense51";

    /// <summary>A text of more layers is damage, or an attempt to make us allocate.</summary>
    private const int MostLayers = 1000;

    /// <summary>The letters that the layer's word and its name begin with.</summary>
    public abstract string Kind { get; }

    /// <summary>
    /// Whether the layer computes a weight times its input plus a bias, in this order, so that another encoding of the
    /// input can be folded into the two.
    /// </summary>
    public virtual bool IsAffine => false;

    /// <summary>Whether zeros stand around the input.</summary>
    public virtual bool PadsInput => false;

    /// <summary>The layer where it works on given constraints; most have nothing to do with them.</summary>
    public virtual LayerSpec On(ConstraintTexts constraints) => this;

    /// <summary>Makes the layer for a known input.</summary>
    public abstract Layer<T> Create<T>(string name, Shape input)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>
    /// Operations of forward for one sample, a multiply-add counted as two; 0 for what is a thousandth of the layers around.
    /// </summary>
    /// <param name="input">Extents of one sample's input.</param>
    /// <param name="output">Extents of one sample's output.</param>
    public virtual double Flops(Shape input, Shape output) => 0;

    /// <summary>The share of the input's elements that R-op and L-op read: 1 for all layers but those that select.</summary>
    public virtual double ShareRead(Shape input, Shape output) => 1;

    /// <summary>
    /// What the layer's share of a Gram matrix S = A A^T takes: unless overridden, its part of each row is formed, which takes as many
    /// operations as its weights' adjoint, and the rows are multiplied with each other.
    /// </summary>
    /// <param name="input">Extents of one sample's input.</param>
    /// <param name="output">Extents of one sample's output.</param>
    /// <param name="parameters">The number of the layer's parameters, above 0.</param>
    public virtual GramDepth GramDepth(Shape input, Shape output, int parameters) => new(parameters, 0, FormsRows: true);

    /// <summary>Writes the layer as ONNX operators and returns the name of its output; null where it has no such form.</summary>
    /// <param name="onnx">Where it is written.</param>
    /// <param name="x">The name of its input [N, ...].</param>
    /// <param name="input">Extents of one sample's input.</param>
    public virtual string? WriteOnnx(IOnnxWriter onnx, string x, Shape input) => null;

    /// <summary>Why there is no such form, and what to do instead; null where there is one, or no more to say.</summary>
    public virtual string? OnnxReason => null;

    /// <summary>The layer's word, as <see cref="ParseNetwork"/> reads it.</summary>
    public abstract override string ToString();

    /// <summary>Reads a network's text.</summary>
    /// <exception cref="FormatException">A word is not a layer; the message names it, its place and the words that are known.</exception>
    /// <param name="text">The layers, first to last.</param>
    /// <param name="constraints">The constraints of the outputs, for layers that work on them.</param>
    public static IReadOnlyList<LayerSpec> ParseNetwork(string text, ConstraintTexts? constraints = null)
    {
        if (text.AsSpan().Count(',') >= MostLayers) throw new FormatException($"network: more than {MostLayers} layers");
        var words = text.Split(',', StringSplitOptions.TrimEntries);
        var layers = words.Select((word, index) => LayerWords.Read(word, $"layer {index + 1} of {words.Length}"));
        return constraints is null ? [.. layers] : [.. layers.Select(layer => layer.On(constraints))];
    }

    /// <summary>The text that <see cref="ParseNetwork"/> reads.</summary>
    public static string FormatNetwork(IEnumerable<LayerSpec> layers) => string.Join(',', layers);
}
