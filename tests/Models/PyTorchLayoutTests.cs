using PoseEngine.Cpu;
using PoseEngine.Models;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Models;

/// <summary>
/// A saved model means in another program what it means here: the tensors of the network oracle, read out of the file by
/// their names alone and put through plain loops over NCHW images and OIHW filters, give the published outputs.
/// </summary>
public class PyTorchLayoutTests
{
    [Test]
    public void SavedTensorsByNameGiveThePublishedOutputs()
    {
        using var device = new CpuDevice<double>(2);
        var oracle = new PoseNetworkOracle<double>(device);
        var path = Path.Combine(Directory.CreateTempSubdirectory("poseengine-tests-").FullName, "oracle.safetensors");
        try
        {
            new ModelFile<double>(oracle.Network, oracle.Weights, 1, new Dictionary<string, string>()).Save(path);
            var file = SafeTensorsFile.Load(path);
            var x = oracle.Inputs.ToArray();
            var outputs = new List<double>();
            const int sample = 3 * 128 * 128;
            for (var n = 0; n < PoseNetworkOracle<double>.Batch; n++) outputs.AddRange(Predict(file, x.AsSpan(n * sample, sample)));
            Assert.That(PoseNetworkOracle<double>.Difference(device.From([.. outputs]), PoseNetworkOracle<double>.Numbers(oracle["output"].GetProperty("values"))), Is.LessThan(1e-10));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, true);
        }
    }

    /// <summary>Eq. 13 as a PyTorch module would write it.</summary>
    private static double[] Predict(SafeTensorsFile file, ReadOnlySpan<double> image)
    {
        var h = new Planes(3, 128, image.ToArray());
        h = Relu(Pool(Convolve(file, "conv1", h), 4));
        h = Relu(Pool(Convolve(file, "conv2", h), 2));
        var v = Convolve(file, "conv3", h).Values;
        v = Relu(Multiply(file, "dense1", v));
        v = Relu(Multiply(file, "dense2", v));
        return Multiply(file, "dense3", v);
    }

    private static Planes Convolve(SafeTensorsFile file, string name, Planes x)
    {
        var weight = file.Tensors[name + ".weight"];
        var bias = file.Tensors[name + ".bias"].As<double>();
        var w = weight.As<double>();
        var (outputs, inputs, size) = ((int)weight.Shape[0], (int)weight.Shape[1], (int)weight.Shape[2]);
        Assert.That((inputs, weight.Shape[3]), Is.EqualTo((x.Channels, (long)size)));
        var side = x.Side - size + 1;
        var y = new double[outputs * side * side];
        for (var o = 0; o < outputs; o++)
        {
            for (var i = 0; i < side; i++)
            {
                for (var j = 0; j < side; j++)
                {
                    var sum = bias[o];
                    for (var c = 0; c < inputs; c++)
                    {
                        for (var k = 0; k < size; k++)
                        {
                            for (var l = 0; l < size; l++) sum += w[(((((o * inputs) + c) * size) + k) * size) + l] * x.Values[(((c * x.Side) + i + k) * x.Side) + j + l];
                        }
                    }
                    y[(((o * side) + i) * side) + j] = sum;
                }
            }
        }
        return new Planes(outputs, side, y);
    }

    private static Planes Pool(Planes x, int window)
    {
        var side = x.Side / window;
        var y = new double[x.Channels * side * side];
        Array.Fill(y, double.NegativeInfinity);
        for (var c = 0; c < x.Channels; c++)
        {
            for (var i = 0; i < side * window; i++)
            {
                for (var j = 0; j < side * window; j++)
                {
                    ref var best = ref y[(((c * side) + (i / window)) * side) + (j / window)];
                    best = Math.Max(best, x.Values[(((c * x.Side) + i) * x.Side) + j]);
                }
            }
        }
        return new Planes(x.Channels, side, y);
    }

    private static double[] Multiply(SafeTensorsFile file, string name, double[] x)
    {
        var (weight, y) = (file.Tensors[name + ".weight"], file.Tensors[name + ".bias"].As<double>().ToArray());
        Assert.That(weight.Shape, Is.EqualTo(new long[] { y.Length, x.Length }));
        var w = weight.As<double>();
        for (var o = 0; o < y.Length; o++)
        {
            for (var i = 0; i < x.Length; i++) y[o] += w[(o * x.Length) + i] * x[i];
        }
        return y;
    }

    private static Planes Relu(Planes x) => x with { Values = Relu(x.Values) };

    private static double[] Relu(double[] x) => Array.ConvertAll(x, value => Math.Max(value, 0));

    private sealed record Planes(int Channels, int Side, double[] Values);
}
