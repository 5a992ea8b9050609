using BenchmarkDotNet.Attributes;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Benchmarks;

/// <summary>The first pooling of Eq. 13 on its own: windows of 4 x 4 on 8 x 124 x 124.</summary>
public class MaxPoolBenchmark : OperatorBenchmark
{
    private MaxPoolGeometry _geometry;
    private Tensor<float> _x;
    private Tensor<float> _y;
    private Tensor<int> _winners;

    [Params(16, 128)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _geometry = new MaxPoolGeometry(8 * Batch, 124, 124, 4, 4, 0);
        var output = new Shape(_geometry.Planes, _geometry.OutHeight, _geometry.OutWidth);
        (_x, _y) = (Random(new Shape(_geometry.Planes, _geometry.InHeight, _geometry.InWidth)), Random(output));
        _winners = Device.Zeros<int>(output);
        Forward();
    }

    [Benchmark]
    public void Forward() => Device.MaxPool.Forward(_geometry, _x, _y, _winners);

    [Benchmark]
    public void Rop() => Device.MaxPool.Rop(_geometry, _winners, _x, _y);

    [Benchmark]
    public void Lop() => Device.MaxPool.Lop(_geometry, _winners, _y, _x);
}
