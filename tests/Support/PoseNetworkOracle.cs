using System.Numerics;
using System.Text.Json;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Support;

/// <summary>
/// The published reference values of the Eq. 13 network (tests/data/oracles/pose_network.json) and the recipe for its
/// weights and inputs, which the file itself states.
/// </summary>
public sealed class PoseNetworkOracle<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public const int Batch = 4;
    private readonly JsonElement _root;

    public PoseNetworkOracle(ComputeDevice<T> device)
    {
        var path = Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "oracles", "pose_network.json");
        _root = JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;
        Network = Network<T>.Paper(device);
        Inputs = device.From(Uniform(1, Batch * 3 * 128 * 128, 1), new Shape(Batch, 3, 128, 128));
        Targets = device.From(Uniform(2, Batch * 51, 2), new Shape(Batch, 51));
        Weights = Parameters(100, parameter => 2 * Math.Sqrt(6.0 / parameter.Spec.FanIn));
        Direction = Parameters(200, _ => 1);
        ConstraintWeights = device.From(Uniform(3, Batch * 6, 1));
        OutputWeights = device.From(Uniform(4, Batch * 51, 1));
    }

    public Network<T> Network { get; }

    public Tensor<T> Inputs { get; }

    public Tensor<T> Targets { get; }

    public Tensor<T> Weights { get; }

    public Tensor<T> Direction { get; }

    public Tensor<T> ConstraintWeights { get; }

    public Tensor<T> OutputWeights { get; }

    public JsonElement this[string name] => _root.GetProperty(name);

    public static double[] Numbers(JsonElement element)
        => element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray().SelectMany(Numbers)] : [element.GetDouble()];

    /// <summary>Largest difference to the reference, relative to the reference's largest magnitude.</summary>
    public static double Difference(Tensor<T> actual, double[] expected)
    {
        var host = actual.ToArray().Select(x => double.CreateChecked(x)).ToArray();
        Assert.That(host, Has.Length.EqualTo(expected.Length));
        var scale = expected.Max(Math.Abs);
        return host.Zip(expected, (a, e) => Math.Abs(a - e)).Max() / scale;
    }

    /// <summary>Largest relative difference of the digests (count, sum, norm, probe, first, last) of a long vector.</summary>
    public static double DigestDifference(Tensor<T> actual, JsonElement digest)
    {
        var host = actual.ToArray().Select(x => double.CreateChecked(x)).ToArray();
        Assert.That(host, Has.Length.EqualTo(digest.GetProperty("count").GetInt32()));
        var norm = digest.GetProperty("norm").GetDouble();
        var sumOfMagnitudes = host.Sum(Math.Abs);
        var first = Numbers(digest.GetProperty("first"));
        var last = Numbers(digest.GetProperty("last"));
        double[] differences =
        [
            Math.Abs(host.Sum() - digest.GetProperty("sum").GetDouble()) / sumOfMagnitudes,
            Math.Abs(Math.Sqrt(host.Sum(x => x * x)) - norm) / norm,
            Math.Abs(host.Select((x, i) => x * Hash(900, i)).Sum() - digest.GetProperty("probe").GetDouble()) / norm,
            .. first.Select((e, i) => Math.Abs(host[i] - e) / Math.Max(Math.Abs(e), norm / Math.Sqrt(host.Length))),
            .. last.Select((e, i) => Math.Abs(host[host.Length - last.Length + i] - e) / Math.Max(Math.Abs(e), norm / Math.Sqrt(host.Length))),
        ];
        return differences.Max();
    }

    private static double Hash(int stream, int index)
    {
        unchecked
        {
            var h = ((uint)index * 2654435761u) + ((uint)stream * 40503u) + 12345u;
            h ^= h >> 15;
            h *= 2246822519u;
            h ^= h >> 13;
            h *= 3266489917u;
            h ^= h >> 16;
            return (h / 4294967296.0) - 0.5;
        }
    }

    private static T[] Uniform(int stream, int count, double scale)
        => [.. Enumerable.Range(0, count).Select(i => T.CreateChecked(scale * Hash(stream, i)))];

    private Tensor<T> Parameters(int firstStream, Func<NetworkParameter, double> scale)
    {
        var w = Network.Device.Zeros(Network.ParameterCount);
        foreach (var (k, parameter) in Network.Parameters.Index())
        {
            var count = parameter.Spec.Shape.Count;
            w.Slice(parameter.Offset, count).CopyFrom(Uniform(firstStream + k, count, scale(parameter)));
        }
        return w;
    }
}
