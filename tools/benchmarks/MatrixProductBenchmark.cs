using BenchmarkDotNet.Attributes;
using PoseEngine.Tensors;

namespace PoseEngine.Benchmarks;

/// <summary>The products of a dense layer [1024,1024].</summary>
public class MatrixProductBenchmark : OperatorBenchmark
{
    private const int Width = 1024;

    private Tensor<float> _x;
    private Tensor<float> _y;
    private Tensor<float> _weight;
    private Tensor<float> _direction;
    private Tensor<float> _bias;

    [Params(16, 128, 768)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        (_x, _y) = (Random(new Shape(Batch, Width)), Random(new Shape(Batch, Width)));
        (_weight, _direction, _bias) = (Random(new Shape(Width, Width)), Random(new Shape(Width, Width)), Random(Width));
    }

    [Benchmark]
    public void Forward() => Device.Dense.Forward(_x, _weight, _bias, _y);

    [Benchmark]
    public void Rop() => Device.Dense.Rop(_x, _weight, _x, _direction, _bias, _y);

    [Benchmark]
    public void LopOfWeight() => Device.Dense.Lop(_x, _weight, _y, default, _direction, _bias);
}
