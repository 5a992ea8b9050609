using System.Globalization;
using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Models;

/// <summary>
/// A trained network on disk: a safetensors file with the names and layouts of PyTorch (<c>conv1.weight</c> OIHW,
/// <c>dense1.weight</c> [out, in]) and, as metadata, the architecture, the scale of its
/// outputs and the constraints it was trained under.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Network">The network.</param>
/// <param name="Parameters">w [N_P].</param>
/// <param name="OutputScale">Units of the targets in one unit of the outputs: millimetres for poses.</param>
/// <param name="Metadata">All text metadata.</param>
public sealed record ModelFile<T>(
    Network<T> Network, Tensor<T> Parameters, double OutputScale, IReadOnlyDictionary<string, string> Metadata)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// The constraints that the model was trained under, as <see cref="ConstraintTexts.ToJson"/> writes them, or null.
    /// </summary>
    public string? Constraints => Metadata.GetValueOrDefault(ModelFormat.ConstraintsKey);

    /// <summary>The same model with a text for <see cref="Constraints"/>.</summary>
    public ModelFile<T> WithConstraints(string json)
        => this with { Metadata = new Dictionary<string, string>(Metadata) { [ModelFormat.ConstraintsKey] = json } };

    /// <summary>Writes the model, in float32 or float64 as it computes; whole or not at all.</summary>
    public void Save(string path) => ToSafeTensors().Save(path);

    /// <summary>The file's content.</summary>
    public SafeTensorsFile ToSafeTensors()
    {
        var file = new SafeTensorsFile();
        foreach (var (key, value) in Metadata) file.Metadata[key] = value;
        Write(file, Network, Parameters.ToArray(), OutputScale);
        return file;
    }

    /// <summary>Makes a file, such as a checkpoint with tensors of its own, a model's.</summary>
    /// <param name="file">What the model is added to.</param>
    /// <param name="network">The network.</param>
    /// <param name="parameters">w [N_P].</param>
    /// <param name="outputScale">Units of the targets in one unit of the outputs.</param>
    internal static void Write(SafeTensorsFile file, Network<T> network, ReadOnlySpan<T> parameters, double outputScale)
    {
        file.Metadata["format"] = ModelFormat.Name;
        file.Metadata["architecture"] = network.Text;
        file.Metadata["input"] = network.Input.ToString();
        file.Metadata["output_scale_mm"] = outputScale.ToString("R", CultureInfo.InvariantCulture);
        file.Metadata["input_encoding"] = ModelFormat.InputEncoding;
        foreach (var parameter in network.Parameters)
        {
            var shape = parameter.Spec.Shape;
            var extents = Enumerable.Range(0, shape.Rank).Select(d => (long)shape[d]).ToArray();
            file.Add(parameter.Spec.Name, parameters.Slice(parameter.Offset, shape.Count), extents);
        }
    }

    /// <summary>Reads a model.</summary>
    /// <exception cref="ModelFileException">The file is damaged, a tensor is missing, extra, misshapen, of another type,
    /// or holds a NaN or an infinity; the message names it.</exception>
    public static ModelFile<T> Load(string path, ComputeDevice<T> device) => FromSafeTensors(SafeTensorsFile.Load(path), path, device);

    /// <summary>Reads the model out of a file's content.</summary>
    /// <param name="file">The content.</param>
    /// <param name="path">For messages.</param>
    /// <param name="device">Where the network shall compute.</param>
    /// <param name="extraTensors">Whether the name of a tensor that belongs to no layer is allowed, as in a checkpoint.</param>
    public static ModelFile<T> FromSafeTensors(
        SafeTensorsFile file, string path, ComputeDevice<T> device, Func<string, bool>? extraTensors = null)
    {
        var network = ReadNetwork(file, path, device);
        var scaleText = Required(file, path, "output_scale_mm");
        if (!double.TryParse(scaleText, NumberStyles.Float, CultureInfo.InvariantCulture, out var scale) || !(scale > 0) || double.IsInfinity(scale))
        {
            throw new ModelFileException($"{path}: output_scale_mm is \"{SafeTensorsFile.Shown(scaleText)}\", expected a number above 0");
        }
        return FromTensors(file, path, network, scale, file.Metadata, extraTensors);
    }

    /// <summary>Takes the parameters of a known network out of a file, whatever its metadata says.</summary>
    /// <param name="file">The content: float32, float64, float16 or bfloat16 under the network's names.</param>
    /// <param name="path">For messages.</param>
    /// <param name="network">What the file shall fit.</param>
    /// <param name="outputScale">Units of the targets in one unit of the outputs: millimetres for poses.</param>
    /// <param name="metadata">What the model shall say about itself.</param>
    /// <param name="extraTensors">Whether the name of a tensor that belongs to no layer is allowed.</param>
    /// <exception cref="ModelFileException">Tensors are missing, extra, misshapen or of another type: the message names
    /// all of them; or a number is NaN or infinite.</exception>
    public static ModelFile<T> FromTensors(
        SafeTensorsFile file, string path, Network<T> network, double outputScale, IReadOnlyDictionary<string, string> metadata,
        Func<string, bool>? extraTensors = null)
    {
        // All shapes first: only a file that really holds the tensors makes us allocate for them.
        TensorFit.Require(file, path, network, extraTensors);
        var w = new T[network.ParameterCount];
        foreach (var parameter in network.Parameters) ReadParameter(file.Tensors[parameter.Spec.Name], path, parameter, w);
        return new ModelFile<T>(network, network.Device.From(w), outputScale, metadata);
    }

    private static Network<T> ReadNetwork(SafeTensorsFile file, string path, ComputeDevice<T> device)
    {
        var input = Required(file, path, "input");
        var architecture = Required(file, path, "architecture");
        try
        {
            // Rows that no layer works on are read when somebody asks for them.
            var isBound = LayerSpec.ParseNetwork(architecture).Any(layer => layer is ProjectSpec);
            var constraints = isBound && file.Metadata.TryGetValue(ModelFormat.ConstraintsKey, out var rows) ? ConstraintTexts.FromJson(rows) : null;
            return Network<T>.Parse(device, input, architecture, constraints);
        }
        catch (FormatException e)
        {
            throw new ModelFileException($"{path}: {e.Message}", e);
        }
    }

    private static string Required(SafeTensorsFile file, string path, string key)
        => file.Metadata.TryGetValue(key, out var value)
            ? value
            : throw new ModelFileException($"{path}: metadata \"{key}\" is missing; is this a model of poseengine?");

    private static void ReadParameter(SafeTensor tensor, string path, NetworkParameter parameter, T[] w)
    {
        var name = parameter.Spec.Name;
        var target = w.AsSpan(parameter.Offset, parameter.Spec.Shape.Count);
        if (!tensor.TryConvert(target)) throw new InvalidOperationException($"tensor {name} holds {tensor.Type}");
        var bad = target.IndexOfAnyExceptFinite();
        if (bad >= 0)
        {
            throw new ModelFileException($"{path}: tensor {name} holds {target[bad]} at element {bad}; take an earlier checkpoint or train anew");
        }
    }
}

/// <summary>A search that spans lack.</summary>
internal static class FiniteSearch
{
    /// <summary>The index of the first NaN or infinity, or -1.</summary>
    public static int IndexOfAnyExceptFinite<T>(this Span<T> span)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < span.Length; i++)
        {
            if (!T.IsFinite(span[i])) return i;
        }
        return -1;
    }
}
