using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IGramKernels{T}"/> on CUDA: one share at a time, see <see cref="GramShares{T}"/>.</summary>
internal sealed class GramKernels<T>(CudaContext context, ComputeDevice<T> device) : IGramKernels<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GramShares<T> _single = new(context, device);
    private readonly GramShare<T>[] _share = new GramShare<T>[1];

    public void Clear(Tensor<double> s)
    {
        context.MakeCurrent();
        Driver.Check(Driver.cuMemsetD8Async(s.DevicePointer(), 0, (nuint)s.Count * sizeof(double), context.Stream));
    }

    public void AddRows(Tensor<T> a, Tensor<double> s, bool isExact) => Add(a, default, a.Shape[0], a.Shape[0], s, isExact);

    public void AddDense(Tensor<T> d, Tensor<T> x, Tensor<double> s, bool isExact) => Add(d, x, d.Shape[0], x.Shape[0], s, isExact);

    public IGramShares<T> CreateShares(ComputeDevice<T> device) => new GramShares<T>(context, device);

    public void Dispose() => _single.Dispose();

    private void Add(Tensor<T> rows, Tensor<T> input, int count, int samples, Tensor<double> s, bool isExact)
    {
        Guard.Equal(s.Count, (long)count * count, "the Gram matrix");
        _share[0] = new GramShare<T>(0, rows, input);
        _single.Set(_share, count, samples);
        _single.AddTo(s, isExact);
    }
}
