using BenchmarkDotNet.Attributes;
using PoseEngine.Tensors;

namespace PoseEngine.Benchmarks;

/// <summary>Vectors as long as the parameters of Eq. 13; the fastest is as fast as memory.</summary>
public class VectorBenchmark : OperatorBenchmark
{
    private const int Count = 2_096_931;

    private Tensor<float> _x;
    private Tensor<float> _y;
    private Tensor<float> _z;

    [GlobalSetup]
    public void Prepare() => (_x, _y, _z) = (Random(Count), Random(Count), Random(Count));

    [Benchmark]
    public void Copy() => Device.Vectors.Copy(_x, _y);

    [Benchmark]
    public void Axpy() => Device.Vectors.Axpy(1e-6, _x, _y);

    [Benchmark]
    public void Combine() => Device.Vectors.Combine(0.5, _x, 0.25, _y, _z);

    [Benchmark]
    public double Dot() => Device.Vectors.Dot(_x, _y);

    [Benchmark]
    public double MaxAbs() => Device.Vectors.MaxAbs(_x);
}
