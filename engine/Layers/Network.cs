using System.Globalization;
using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Layers;

/// <summary>
/// A chain of layers phi(x, w). The parameters of all layers live in one flat vector w, in the order of the layers and
/// weight before bias; gradients, directions and Krylov vectors have the same layout.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Network<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A tensor has four extents at most, and a batch takes one of them.</summary>
    private const int LargestSampleRank = 3;

    private const int LongestShownText = 200;

    /// <summary>Chains layers from their specifications.</summary>
    /// <param name="device">Where the network computes.</param>
    /// <param name="input">Extents of one sample, such as 3 x 128 x 128.</param>
    /// <param name="specs">The layers, first to last.</param>
    /// <exception cref="ArgumentException">There is no layer, or one does not fit its input; the message names it.</exception>
    public Network(ComputeDevice<T> device, Shape input, params IReadOnlyList<LayerSpec> specs)
    {
        if (specs.Count == 0) throw new ArgumentException("a network needs at least one layer", nameof(specs));
        Device = device;
        Input = input;
        Specs = [.. specs];
        Text = LayerSpec.FormatNetwork(specs);
        var layers = new List<Layer<T>>();
        var parameters = new List<NetworkParameter>();
        var kinds = new Dictionary<string, int>();
        foreach (var spec in specs)
        {
            var number = kinds[spec.Kind] = kinds.GetValueOrDefault(spec.Kind) + 1;
            var layer = spec.Create<T>($"{spec.Kind}{number}", layers.Count == 0 ? input : layers[^1].Output);
            layers.Add(layer);
            foreach (var parameter in layer.Parameters)
            {
                parameters.Add(new NetworkParameter(parameter, ParameterCount));
                ParameterCount = checked(ParameterCount + parameter.Shape.Count);
            }
        }
        Layers = layers;
        Parameters = parameters;
    }

    /// <summary>Where the network computes.</summary>
    public ComputeDevice<T> Device { get; }

    /// <summary>Extents of one input sample.</summary>
    public Shape Input { get; }

    /// <summary>Extents of one output sample.</summary>
    public Shape Output => Layers[^1].Output;

    /// <summary>The architecture as <see cref="LayerSpec.ParseNetwork"/> reads it.</summary>
    public string Text { get; }

    /// <summary>What the layers were made from, first to last.</summary>
    public IReadOnlyList<LayerSpec> Specs { get; }

    /// <summary>The layers, first to last.</summary>
    public IReadOnlyList<Layer<T>> Layers { get; }

    /// <summary>The parameter tensors with their places in w.</summary>
    public IReadOnlyList<NetworkParameter> Parameters { get; }

    /// <summary>N_P, the length of w.</summary>
    public int ParameterCount { get; }

    /// <summary>The network of Eq. 13 for images of 3 x 128 x 128 and 17 joints.</summary>
    public static Network<T> Paper(ComputeDevice<T> device)
        => new(device, new Shape(3, 128, 128), LayerSpec.ParseNetwork(LayerSpec.PaperNetwork));

    /// <summary>Reads a network from texts as a model file holds them.</summary>
    /// <param name="device">Where the network computes.</param>
    /// <param name="input">One to three extents, such as "3x128x128".</param>
    /// <param name="architecture">The layers, such as <see cref="LayerSpec.PaperNetwork"/>.</param>
    /// <param name="constraints">The constraints of the outputs, which the layer <c>project</c> works on.</param>
    /// <exception cref="FormatException">No network is built from these texts; the message is one line that says why.</exception>
    public static Network<T> Parse(ComputeDevice<T> device, string input, string architecture, ConstraintTexts? constraints = null)
    {
        try
        {
            var words = input.Split('x', LargestSampleRank + 1);
            if (words.Length > LargestSampleRank) throw new FormatException($"a sample has 1 to {LargestSampleRank} extents");
            int[] extents = [.. words.Select(word => int.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture))];
            if (extents.Contains(0)) throw new FormatException("an extent of a sample is 0");
            return new Network<T>(device, new Shape(extents), LayerSpec.ParseNetwork(architecture, constraints));
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            var why = e.Message.ReplaceLineEndings(" ");
            throw new FormatException($"the network \"{Shortened(architecture)}\" for inputs {Shortened(input)} cannot be built: {why}", e);
        }
    }

    private static string Shortened(string text)
        => (text.Length <= LongestShownText ? text : text[..LongestShownText] + "...").ReplaceLineEndings(" ");

    /// <summary>
    /// A parameter vector by He et al. 2015: weights normal with variance 2 / fan-in, biases 0. The same generator
    /// state gives the same vector on every device.
    /// </summary>
    public Tensor<T> InitializeHe(RandomGenerator generator)
    {
        var host = new T[ParameterCount];
        foreach (var parameter in Parameters.Where(parameter => !parameter.IsBias))
        {
            var deviation = Math.Sqrt(2.0 / parameter.Spec.FanIn);
            foreach (ref var weight in host.AsSpan(parameter.Offset, parameter.Spec.Shape.Count))
            {
                weight = T.CreateTruncating(deviation * generator.NextNormal());
            }
        }
        return Device.From(host);
    }

    /// <summary>Memory for linearizations at batches of a fixed size, to be used again and again.</summary>
    /// <param name="batch">N.</param>
    /// <param name="fuse">
    /// Whether layers may be computed together where the device can; false keeps the activations behind every layer.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The batch is empty.</exception>
    public Linearization<T> CreateLinearization(int batch, bool fuse = true) => new(this, batch, fuse);

    /// <summary>Runs forward once at (w, x) and returns the linearization there.</summary>
    /// <param name="w">Parameters [N_P].</param>
    /// <param name="x">Inputs [N, ...].</param>
    public Linearization<T> Linearize(Tensor<T> w, Tensor<T> x)
    {
        var linearization = CreateLinearization(x.Shape[0]);
        linearization.MoveTo(w, x);
        return linearization;
    }

    /// <summary>The name of the first parameter tensor with an element that is NaN or infinite, or null.</summary>
    public string? FindNonFinite(Tensor<T> vector)
    {
        if (double.IsFinite(Device.Vectors.MaxAbs(vector))) return null;
        return Parameters
            .FirstOrDefault(p => !double.IsFinite(Device.Vectors.MaxAbs(vector.Slice(p.Offset, p.Spec.Shape.Count))))
            ?.Spec.Name;
    }
}

/// <summary>A parameter tensor and the place of its first element in w.</summary>
public sealed record NetworkParameter(ParameterSpec Spec, int Offset)
{
    /// <summary>Whether this is a layer's bias.</summary>
    public bool IsBias => Spec.Name.EndsWith(".bias", StringComparison.Ordinal);
}
