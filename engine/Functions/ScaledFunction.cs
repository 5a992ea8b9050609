using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// A function f of parameters w = s o z as a function of z, with o the product by elements:
/// <code>
/// R-op  df/dz v = df/dw (s o v)
/// L-op  u^T df/dz = s o (u^T df/dw)
/// </code>
/// A diagonal metric D becomes the identity with s = D^(-1/2). It owns its scratch memory, not f.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ScaledFunction<T> : DifferentiableFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IVectorKernels<T> _vectors;
    private readonly DifferentiableFunction<T> _function;
    private readonly Tensor<T> _scale;
    private readonly Tensor<T> _scaled;

    /// <summary>A function of scaled parameters.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="function">f over N_P parameters.</param>
    /// <param name="scale">s [N_P]; it may change between products.</param>
    /// <exception cref="ArgumentException">The scale's count is not N_P.</exception>
    public ScaledFunction(ComputeDevice<T> device, DifferentiableFunction<T> function, Tensor<T> scale)
    {
        Guard.Equal(scale.Count, function.ParameterCount, "the scale of a function's parameters");
        (_vectors, _function, _scale) = (device.Vectors, function, scale);
        _scaled = device.Zeros(function.ParameterCount);
    }

    /// <inheritdoc/>
    public override int RowCount => _function.RowCount;

    /// <inheritdoc/>
    public override int ParameterCount => _function.ParameterCount;

    /// <inheritdoc/>
    public override Tensor<T> Value => _function.Value;

    /// <inheritdoc/>
    public override bool CanRecord => _function.CanRecord;

    /// <inheritdoc/>
    public override long MemoryVersion => _function.MemoryVersion;

    /// <inheritdoc/>
    public override void Rop(Tensor<T> v, Tensor<T> result)
    {
        _vectors.Multiply(_scale, v, _scaled);
        _function.Rop(_scaled, result);
    }

    /// <inheritdoc/>
    public override void Products(Tensor<T> v, Tensor<T> u, Tensor<T> rop, Tensor<T> lop)
    {
        _vectors.Multiply(_scale, v, _scaled);
        _function.Products(_scaled, u, rop, lop);
        _vectors.Multiply(_scale, lop, lop);
    }

    /// <inheritdoc/>
    public override void Lop(Tensor<T> u, Tensor<T> result)
    {
        _function.Lop(u, result);
        _vectors.Multiply(_scale, result, result);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _scaled.Storage.Dispose();
        base.Dispose(disposing);
    }
}
