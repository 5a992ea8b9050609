using BenchmarkDotNet.Attributes;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Benchmarks;

/// <summary>The first convolution of Eq. 13 with pooling and ReLU: 8 filters of 5 x 5 on 3 x 128 x 128, windows of 4 x 4.</summary>
public class PooledConvolutionBenchmark : OperatorBenchmark
{
    private PooledConvolutionGeometry _geometry;
    private IPooledConvolutionKernels<float> _kernels = null!; // Set by Prepare, before any benchmark runs.
    private Tensor<float> _x;
    private Tensor<float> _y;
    private Tensor<float> _weight;
    private Tensor<float> _direction;
    private Tensor<float> _bias;
    private Tensor<byte> _winners;

    [Params(16, 128)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _geometry = new PooledConvolutionGeometry(new ConvolutionGeometry(Batch, 3, 128, 128, 8, 5, 5, 1, 0), 4, Relu: true);
        _kernels = Device.PooledConvolution ?? throw new NotSupportedException("this device has no pooled convolution");
        var convolution = _geometry.Convolution;
        _x = Random(convolution.Input);
        (_weight, _direction, _bias) = (Random(convolution.Weight), Random(convolution.Weight), Random(convolution.OutChannels));
        _y = Random(_geometry.Output);
        _winners = Device.Zeros<byte>(_geometry.Output);
        Forward();
    }

    [Benchmark]
    public void Forward() => _kernels.Forward(_geometry, _x, _weight, _bias, _y, _winners);

    [Benchmark]
    public void Rop() => _kernels.Rop(_geometry, _x, _weight, _winners, default, _direction, _bias, _y);

    [Benchmark]
    public void Lop() => _kernels.Lop(_geometry, _x, _weight, _winners, _y, default, _direction, _bias);
}
