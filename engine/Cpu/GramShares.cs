using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IGramShares{T}"/> on the CPU, layer by layer: what one layer left is still in the cache.</summary>
internal sealed unsafe class GramShares<T>(CpuContext context, ComputeDevice<T> device) : IGramShares<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory = new(device);
    private readonly Dictionary<int, Tensor<T>> _outputs = [];
    private IReadOnlyList<GramShare<T>> _shares = [];
    private Tensor<T> _zero;
    private Tensor<T> _part;
    private int _samples;

    public bool SumsAtOnce => false;

    public void Set(IReadOnlyList<GramShare<T>> shares, int rows, int samples)
    {
        (_shares, _samples) = (shares, samples);
        if (_zero.IsAbsent || _zero.Count != rows) (_zero, _part) = (_memory.Zeros(rows), _memory.Zeros(new Shape(1, rows)));
        foreach (var share in shares)
        {
            IGramShares<T>.Check(share, rows, samples);
            var outputs = share.Rows.Count / rows;
            if (!share.IsFormed && !_outputs.ContainsKey(outputs)) _outputs.Add(outputs, _memory.Zeros(new Shape(samples, outputs)));
        }
    }

    public void AddTo(Tensor<double> s, bool isExact)
    {
        foreach (var share in _shares)
        {
            var rows = share.Rows.Reshape(new Shape(_zero.Count, share.Rows.Count / _zero.Count));
            if (share.IsFormed) device.Gram.AddRows(rows, s, isExact);
            else device.Gram.AddDense(rows, share.Input, s, isExact);
        }
    }

    public void Rop(Tensor<T> v, Tensor<T> result)
    {
        Guard.Equal(result.Count, _zero.Count, "the constraint rows");
        device.Vectors.Fill(result, T.Zero);
        foreach (var share in _shares)
        {
            if (share.IsFormed)
            {
                device.Dense.Forward(FormedPart(share, v), share.Rows, _zero, _part);
                device.Vectors.Axpy(1, _part.Reshape(result.Shape), result);
                continue;
            }
            var (weight, bias, y) = AffinePart(share, v);
            device.Dense.Forward(Input(share), weight, bias, y);
            context.Pool.Run(new RowDotWork<T>(share.Rows.Pointer(), y.Pointer(), result.Pointer(), _samples, y.Shape[1], context.UseSimd), _zero.Count);
        }
    }

    public void Lop(Tensor<T> u, Tensor<T> result)
    {
        Guard.Equal(u.Count, _zero.Count, "the constraint rows");
        foreach (var share in _shares)
        {
            if (share.IsFormed)
            {
                device.Dense.LopInput(share.Rows, u.Reshape(_part.Shape), FormedPart(share, result));
                continue;
            }
            var (weight, bias, y) = AffinePart(share, result);
            context.Pool.Run(new CombineRowsWork<T>(share.Rows.Pointer(), u.Pointer(), y.Pointer(), _zero.Count, _samples, y.Shape[1], context.UseSimd), _samples);
            device.Dense.Lop(Input(share), weight, y, default, weight, bias);
        }
    }

    public void Dispose() => _memory.Dispose();

    private Tensor<T> Input(GramShare<T> share) => share.Input.Reshape(new Shape(_samples, share.Input.Count / _samples));

    private Tensor<T> FormedPart(GramShare<T> share, Tensor<T> vector) => vector.Slice(share.Offset, new Shape(1, share.Rows.Count / _zero.Count));

    private (Tensor<T> Weight, Tensor<T> Bias, Tensor<T> Output) AffinePart(GramShare<T> share, Tensor<T> vector)
    {
        var weight = new Shape(share.Rows.Count / _zero.Count, share.Input.Count / _samples);
        return (vector.Slice(share.Offset, weight), vector.Slice(share.Offset + weight.Count, weight[0]), _outputs[weight[0]]);
    }
}

/// <summary>One inner product of an adjoint and its sample's output, in float64.</summary>
internal readonly unsafe struct RowDotWork<T>(T* d, T* y, T* result, int samples, int outputs, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
        => result[part] += T.CreateTruncating(DotWork<T>.Dot(d + ((long)part * outputs), y + ((long)(part % samples) * outputs), outputs, useSimd));
}

/// <summary>The combined adjoint of one sample.</summary>
internal readonly unsafe struct CombineRowsWork<T>(T* d, T* u, T* y, int rows, int samples, int outputs, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var target = y + ((long)part * outputs);
        new Span<T>(target, outputs).Clear();
        for (var row = part; row < rows; row += samples)
        {
            var source = d + ((long)row * outputs);
            var factor = new Vector<T>(u[row]);
            var i = 0;
            for (; useSimd && i <= outputs - Vector<T>.Count; i += Vector<T>.Count)
            {
                Simd.MultiplyAdd(factor, Vector.Load(source + i), Vector.Load(target + i)).Store(target + i);
            }
            for (; i < outputs; i++) target[i] += u[row] * source[i];
        }
    }
}
