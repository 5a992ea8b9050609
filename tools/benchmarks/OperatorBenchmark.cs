using BenchmarkDotNet.Attributes;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Benchmarks;

/// <summary>A CPU device in float32 and random tensors on it, for the benchmarks of one operator family.</summary>
public abstract class OperatorBenchmark
{
    private readonly RandomGenerator _numbers = new(1, 1);
    private CpuDevice<float>? _device;

    /// <summary>Threads of the device.</summary>
    [Params(1, 0)]
    public int Threads { get; set; }

    protected ComputeDevice<float> Device => _device ??= new CpuDevice<float>(Threads);

    [GlobalCleanup]
    public void GiveBack()
    {
        _device?.Dispose();
        _device = null;
    }

    protected Tensor<float> Random(int count) => Random(new Shape(count));

    protected Tensor<float> Random(Shape shape)
    {
        var values = new float[shape.Count];
        foreach (ref var value in values.AsSpan()) value = (float)_numbers.NextNormal();
        return Device.From(values, shape);
    }
}
