using System.Numerics;
using PoseEngine.Layers;

namespace PoseEngine.Models;

/// <summary>Compares the tensors of a file with the parameters of a network and says all that does not fit at once.</summary>
internal static class TensorFit
{
    private const int MostFaults = 12;

    /// <summary>Returns where every parameter has its tensor and every tensor its parameter.</summary>
    /// <param name="file">The tensors.</param>
    /// <param name="path">For the message.</param>
    /// <param name="network">The parameters.</param>
    /// <param name="allowed">Whether the name of a tensor that belongs to no layer is allowed; null allows none.</param>
    /// <exception cref="ModelFileException">They do not fit; one line names each tensor with both shapes.</exception>
    public static void Require<T>(SafeTensorsFile file, string path, Network<T> network, Func<string, bool>? allowed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var known = network.Parameters.Select(parameter => parameter.Spec.Name).ToHashSet();
        string[] extra = [.. file.Tensors.Keys.Where(name => !known.Contains(name) && allowed?.Invoke(name) != true).Order(StringComparer.Ordinal)];
        List<string> faults = [.. network.Parameters.Select(parameter => Fault(file, parameter)).OfType<string>()];
        foreach (var name in extra) faults.Add($"tensor {SafeTensorsFile.Shown(name)} belongs to no layer (it is {file.Tensors[name].ShapeText})");
        if (faults.Count == 0) return;
        var rest = faults.Count > MostFaults ? $"; and {faults.Count - MostFaults} more" : "";
        throw new ModelFileException(
            $"{path}: {string.Join("; ", faults.Take(MostFaults))}{rest}; the network is {network.Text} for inputs of {network.Input}{PrefixHint(known, extra)}");
    }

    private static string? Fault(SafeTensorsFile file, NetworkParameter parameter)
    {
        var (name, shape) = (parameter.Spec.Name, parameter.Spec.Shape);
        if (!file.Tensors.TryGetValue(name, out var tensor)) return $"tensor {name} is missing (the network expects {shape})";
        if (tensor.ShapeText != shape.ToString()) return $"tensor {name} is {tensor.ShapeText}, the network expects {shape}{OrderHint(tensor.Shape, shape.ToString())}";
        return tensor.IsReal ? null : $"tensor {name} holds {SafeTensorsFile.Shown(tensor.Type)}, expected {SafeTensor.RealTypes}";
    }

    /// <summary>Orders in which other libraries keep what the network keeps as [out, in] and [out, in, rows, columns].</summary>
    private static string OrderHint(long[] shape, string wanted)
    {
        (int[] Order, string Name)[] orders = shape.Length switch
        {
            2 => [([1, 0], "[in, out]; transpose it")],
            4 =>
            [
                ([3, 2, 0, 1], "[rows, columns, in, out]; permute it by (3, 2, 0, 1)"),
                ([0, 3, 1, 2], "[out, rows, columns, in]; permute it by (0, 3, 1, 2)"),
                ([1, 0, 2, 3], "[in, out, rows, columns]; permute it by (1, 0, 2, 3)"),
            ],
            _ => [],
        };
        foreach (var (order, name) in orders)
        {
            if (string.Join('x', order.Select(d => shape[d])) == wanted) return $" (it fits as {name})";
        }
        return "";
    }

    /// <summary>Wrappers put "module." or "model." in front of every name.</summary>
    private static string PrefixHint(HashSet<string> known, string[] extra)
    {
        var found = extra.ToHashSet();
        foreach (var name in extra.Take(MostFaults))
        {
            var end = known.FirstOrDefault(parameter => name.EndsWith('.' + parameter, StringComparison.Ordinal));
            if (end is null) continue;
            var prefix = name[..^end.Length];
            if (known.All(parameter => found.Contains(prefix + parameter)))
            {
                return $"; all its names are there behind \"{SafeTensorsFile.Shown(prefix)}\": model import takes --prefix {SafeTensorsFile.Shown(prefix)}";
            }
        }
        return "";
    }
}
