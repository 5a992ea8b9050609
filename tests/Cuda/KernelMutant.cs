using PoseEngine.Cuda;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Cuda;

/// <summary>
/// The pooled convolution compiled from a given text and launched as its launcher does, so that the text may be changed.
/// </summary>
internal sealed class KernelMutant
{
    private static readonly PooledConvolutionGeometry Geometry = new(new ConvolutionGeometry(7, 2, 22, 19, 9, 5, 4, 1, 0), 4, true);

    private readonly CudaDevice<float> _device;
    private readonly CudaModule _module;
    private readonly ConvolutionTiling _tiling = new(Geometry.Convolution, Geometry.Window, sizeof(float));
    private readonly Tensor<float> _x;
    private readonly Tensor<float> _weight;
    private readonly Tensor<float> _bias;
    private readonly Tensor<float> _y;
    private readonly Tensor<byte> _winners;

    public KernelMutant(CudaDevice<float> device, string text)
    {
        _device = device;
        _module = device.Compile("mutant.cu", text, [("RELU", 1), ("IMAGES", 0), .. _tiling.Constants]);
        _x = Numbers.Normal(device, Geometry.Convolution.Input, 1);
        _weight = Numbers.Normal(device, Geometry.Convolution.Weight, 2);
        _bias = Numbers.Normal(device, new Shape(Geometry.Convolution.OutChannels), 3);
        device.Vectors.Axpy(-1, Filled(12), _bias); // so that ReLU closes some windows
        _y = device.Zeros(Geometry.Output);
        _winners = device.Zeros<byte>(Geometry.Output);
    }

    /// <summary>The text of a kernel file with its headers in the place of their includes.</summary>
    public static string FlatText(string file)
    {
        var lines = new List<string>();
        Append(file, lines, []);
        return string.Join('\n', lines);
    }

    /// <summary>Forward and both products, one after the other in one list.</summary>
    public float[] Results()
    {
        var shape = _tiling.TileShape(Geometry.Convolution.Batch);
        Launch("pooled_convolution_forward", shape, _x, _weight, _bias, _y, _winners);
        var dy = _device.Zeros(Geometry.Output);
        Launch("pooled_convolution_rop", shape, _x, _weight, Like(_x, 4), Like(_weight, 5), Like(_bias, 6), _winners, dy);
        var (u, ux) = (Like(_y, 7), _device.Zeros(_x.Shape));
        LaunchLopInput(u, ux, Geometry.Convolution.Batch);
        return [.. _y.ToArray(), .. dy.ToArray(), .. ux.ToArray(), .. WeightAdjoint(u), .. Rows()];
    }

    private static void Append(string file, List<string> lines, HashSet<string> seen)
    {
        if (!seen.Add(file)) return;
        foreach (var line in KernelSources.All[file].Split('\n'))
        {
            if (line.StartsWith("#include \"", StringComparison.Ordinal)) Append(line.Split('"')[1], lines, seen);
            else if (line != "#pragma once") lines.Add(line);
        }
    }

    private static void Add(ref KernelArguments arguments, Tensor<float> tensor) => arguments.Add(tensor.DevicePointer());

    private Tensor<float> Filled(float value)
    {
        var tensor = _device.Zeros(_bias.Shape);
        _device.Vectors.Fill(tensor, value);
        return tensor;
    }

    private Tensor<float> Like(Tensor<float> tensor, ulong seed) => Numbers.Normal(_device, tensor.Shape, seed);

    private void Launch(string kernel, LaunchShape shape, params object[] tensors)
    {
        var arguments = new KernelArguments();
        foreach (var tensor in tensors)
        {
            if (tensor is Tensor<byte> bytes) arguments.Add(bytes.DevicePointer());
            else Add(ref arguments, (Tensor<float>)tensor);
        }
        _module[kernel].Launch(shape, arguments);
    }

    private void LaunchLopInput(Tensor<float> u, Tensor<float> ux, int adjoints)
    {
        var convolution = Geometry.Convolution;
        var arguments = new KernelArguments();
        Add(ref arguments, _weight);
        arguments.Add(_winners.DevicePointer());
        Add(ref arguments, u);
        Add(ref arguments, ux);
        arguments.Add(adjoints);
        arguments.Add(convolution.Batch);
        var shape = ConvolutionTiling.PlaceShape(convolution.InHeight * convolution.InWidth, adjoints, convolution.InChannels);
        _module["pooled_convolution_lop_input"].Launch(shape, arguments);
    }

    /// <summary>Two adjoints of each sample, each by itself.</summary>
    private float[] Rows()
    {
        var count = 2 * Geometry.Convolution.Batch;
        var u = Numbers.Normal(_device, new Shape(2, Geometry.Output.Count), 8);
        var (rows, ux) = (_device.Zeros(new Shape(count, _tiling.SumsPerPart)), _device.Zeros(new Shape(2, _x.Count)));
        var arguments = new KernelArguments();
        Add(ref arguments, _x);
        arguments.Add(_winners.DevicePointer());
        Add(ref arguments, u);
        Add(ref arguments, rows);
        arguments.Add(Geometry.Convolution.Batch);
        _module["pooled_convolution_lop_rows"].Launch(_tiling.RowShape(count), arguments);
        LaunchLopInput(u, ux, count);
        return [.. rows.ToArray(), .. ux.ToArray()];
    }

    /// <summary>By three blocks, so that each of them adds several tiles up.</summary>
    private float[] WeightAdjoint(Tensor<float> u)
    {
        const int parts = 3;
        var sums = _device.Zeros<double>(new Shape(parts * _tiling.SumsPerPart));
        var (weight, bias) = (_device.Zeros(_weight.Shape), _device.Zeros(_bias.Shape));
        var partial = new KernelArguments();
        Add(ref partial, _x);
        partial.Add(_winners.DevicePointer());
        Add(ref partial, u);
        partial.Add(sums.DevicePointer());
        partial.Add(Geometry.Convolution.Batch * _tiling.TilesPerSample);
        _module["pooled_convolution_lop_weight"].Launch(_tiling.PartShape(Geometry.Convolution.Batch) with { GridX = parts }, partial);
        var total = new KernelArguments();
        total.Add(sums.DevicePointer());
        Add(ref total, weight);
        Add(ref total, bias);
        total.Add(parts);
        _module["pooled_convolution_sum_parts"].Launch(LaunchShape.ColumnSums(_tiling.SumsPerPart), total);
        return [.. weight.ToArray(), .. bias.ToArray()];
    }
}
