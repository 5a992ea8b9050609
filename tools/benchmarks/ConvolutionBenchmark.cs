using BenchmarkDotNet.Attributes;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Benchmarks;

/// <summary>The third convolution of Eq. 13, which no pooling follows: 8 filters of 3 x 3 on 8 x 13 x 13.</summary>
public class ConvolutionBenchmark : OperatorBenchmark
{
    private ConvolutionGeometry _geometry;
    private Tensor<float> _x;
    private Tensor<float> _y;
    private Tensor<float> _weight;
    private Tensor<float> _direction;
    private Tensor<float> _bias;
    private Tensor<float> _adjoint;

    [Params(16, 128)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _geometry = new ConvolutionGeometry(Batch, 8, 13, 13, 8, 3, 3, 1, 0);
        (_x, _adjoint) = (Random(_geometry.Input), Random(_geometry.Input));
        (_weight, _direction, _bias) = (Random(_geometry.Weight), Random(_geometry.Weight), Random(_geometry.OutChannels));
        _y = Random(_geometry.Output);
    }

    [Benchmark]
    public void Forward() => Device.Convolution.Forward(_geometry, _x, _weight, _bias, _y);

    [Benchmark]
    public void Rop() => Device.Convolution.Rop(_geometry, _x, _weight, _x, _direction, _bias, _y);

    [Benchmark]
    public void Lop() => Device.Convolution.Lop(_geometry, _x, _weight, _y, _adjoint, _direction, _bias);
}
