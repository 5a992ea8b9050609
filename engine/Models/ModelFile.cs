using System.Globalization;
using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Models;

/// <summary>
/// A trained network on disk: a safetensors file with the names and layouts of PyTorch (<c>conv1.weight</c> OIHW,
/// <c>dense1.weight</c> [out, in]) and, as metadata, the architecture and the scale of its outputs.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Network">The network.</param>
/// <param name="Parameters">w [N_P].</param>
/// <param name="OutputScaleMm">Millimetres that one unit of the outputs stands for.</param>
/// <param name="Metadata">All text metadata.</param>
public sealed record ModelFile<T>(
    Network<T> Network, Tensor<T> Parameters, double OutputScaleMm, IReadOnlyDictionary<string, string> Metadata)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string FormatName = "poseengine-model";

    /// <summary>Writes the model, in float32 or float64 as it computes; whole or not at all.</summary>
    public void Save(string path) => ToSafeTensors().Save(path);

    /// <summary>The file's content, to which a checkpoint adds its own tensors.</summary>
    public SafeTensorsFile ToSafeTensors()
    {
        var file = new SafeTensorsFile();
        foreach (var (key, value) in Metadata) file.Metadata[key] = value;
        file.Metadata["format"] = FormatName;
        file.Metadata["architecture"] = Network.Text;
        file.Metadata["input"] = Network.Input.ToString();
        file.Metadata["output_scale_mm"] = OutputScaleMm.ToString("R", CultureInfo.InvariantCulture);
        file.Metadata["input_encoding"] = "rgb / 255 - 0.5";
        foreach (var parameter in Network.Parameters)
        {
            var shape = parameter.Spec.Shape;
            var extents = Enumerable.Range(0, shape.Rank).Select(d => (long)shape[d]).ToArray();
            file.Add<T>(parameter.Spec.Name, Parameters.Slice(parameter.Offset, shape.Count).ToArray(), extents);
        }
        return file;
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
        // All shapes first: only a file that really holds the tensors makes us allocate for them.
        foreach (var parameter in network.Parameters) FindParameter(file, path, parameter);
        var w = new T[network.ParameterCount];
        foreach (var parameter in network.Parameters) ReadParameter(FindParameter(file, path, parameter), path, parameter, w);
        var known = network.Parameters.Select(parameter => parameter.Spec.Name).ToHashSet();
        var extra = file.Tensors.Keys.FirstOrDefault(name => !known.Contains(name) && extraTensors?.Invoke(name) != true);
        if (extra is not null) throw new ModelFileException($"{path}: tensor {extra} belongs to no layer of {network.Text}");
        var scaleText = Required(file, path, "output_scale_mm");
        if (!double.TryParse(scaleText, NumberStyles.Float, CultureInfo.InvariantCulture, out var scale) || !(scale > 0) || double.IsInfinity(scale))
        {
            throw new ModelFileException($"{path}: output_scale_mm is \"{scaleText}\", expected a number above 0");
        }
        return new ModelFile<T>(network, device.From(w), scale, file.Metadata);
    }

    private static Network<T> ReadNetwork(SafeTensorsFile file, string path, ComputeDevice<T> device)
    {
        var input = Required(file, path, "input");
        var architecture = Required(file, path, "architecture");
        try
        {
            int[] extents = [.. input.Split('x').Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
            return new Network<T>(device, new Shape(extents), LayerSpec.ParseNetwork(architecture));
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            throw new ModelFileException($"{path}: the network \"{architecture}\" for inputs {input} cannot be built: {e.Message}", e);
        }
    }

    private static string Required(SafeTensorsFile file, string path, string key)
        => file.Metadata.TryGetValue(key, out var value)
            ? value
            : throw new ModelFileException($"{path}: metadata \"{key}\" is missing; is this a model of poseengine?");

    private static SafeTensor FindParameter(SafeTensorsFile file, string path, NetworkParameter parameter)
    {
        var name = parameter.Spec.Name;
        if (!file.Tensors.TryGetValue(name, out var tensor)) throw new ModelFileException($"{path}: tensor {name} is missing");
        var shape = string.Join('x', tensor.Shape);
        if (shape != parameter.Spec.Shape.ToString())
        {
            throw new ModelFileException($"{path}: tensor {name} is {shape}, the network expects {parameter.Spec.Shape}");
        }
        return tensor;
    }

    private static void ReadParameter(SafeTensor tensor, string path, NetworkParameter parameter, T[] w)
    {
        var name = parameter.Spec.Name;
        var target = w.AsSpan(parameter.Offset, parameter.Spec.Shape.Count);
        switch (tensor.Type)
        {
            case "F32":
                Convert(tensor.As<float>(), target);
                break;
            case "F64":
                Convert(tensor.As<double>(), target);
                break;
            default:
                throw new ModelFileException($"{path}: tensor {name} holds {tensor.Type}, expected F32 or F64");
        }
        var bad = target.IndexOfAnyExceptFinite();
        if (bad >= 0)
        {
            throw new ModelFileException($"{path}: tensor {name} holds {target[bad]} at element {bad}; take an earlier checkpoint or train anew");
        }
    }

    private static void Convert<TStored>(ReadOnlySpan<TStored> source, Span<T> target)
        where TStored : unmanaged, INumberBase<TStored>
    {
        for (var i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(source[i]);
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
