using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// Products with a <see cref="SparseMatrix"/> on the host, in float64, for vectors that live on any device: exactly alike
/// everywhere, for matrices so small that copying a vector does not count. One product at a time.
/// </summary>
/// <typeparam name="T">The number type of the vectors.</typeparam>
/// <param name="matrix">B.</param>
public sealed class SparseOperator<T>(SparseMatrix matrix) : LinearOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _host = new T[matrix.Size];
    private readonly double[] _x = new double[matrix.Size];
    private readonly double[] _y = new double[matrix.Size];

    /// <inheritdoc/>
    public override int Size => matrix.Size;

    /// <inheritdoc/>
    public override bool IsSymmetric => matrix.Asymmetry is null;

    /// <inheritdoc/>
    public override bool HasTranspose => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A vector's count is not the size.</exception>
    public override void Apply(Tensor<T> x, Tensor<T> y)
    {
        Read(x);
        matrix.Multiply(_x, _y);
        Write(y);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A vector's count is not the size.</exception>
    public override void ApplyTranspose(Tensor<T> x, Tensor<T> y)
    {
        Read(x);
        matrix.MultiplyTranspose(_x, _y);
        Write(y);
    }

    private void Read(Tensor<T> x)
    {
        x.CopyTo(_host);
        for (var i = 0; i < _x.Length; i++) _x[i] = double.CreateTruncating(_host[i]);
    }

    private void Write(Tensor<T> y)
    {
        for (var i = 0; i < _y.Length; i++) _host[i] = T.CreateTruncating(_y[i]);
        y.CopyFrom(_host);
    }
}
