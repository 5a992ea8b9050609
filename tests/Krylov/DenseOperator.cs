using System.Numerics;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Krylov;

/// <summary>
/// A stored matrix, multiplied on the host in the precision of the vectors, whatever device these live on. It counts
/// its products and can be told to fail at one of them.
/// </summary>
internal sealed class DenseOperator<T> : LinearOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _matrix;
    private readonly T[] _x;
    private readonly T[] _y;

    public DenseOperator(double[,] matrix, double scale = 1)
    {
        Size = matrix.GetLength(0);
        _matrix = [.. matrix.Cast<double>().Select(value => T.CreateChecked(value * scale))];
        _x = new T[Size];
        _y = new T[Size];
    }

    public override int Size { get; }

    public int Products { get; private set; }

    /// <summary>The number of the product that gives one NaN, or 0.</summary>
    public int FailAt { get; init; }

    public override void Apply(Tensor<T> x, Tensor<T> y)
    {
        x.CopyTo(_x);
        for (var i = 0; i < Size; i++)
        {
            var sum = T.Zero;
            for (var j = 0; j < Size; j++) sum += _matrix[(i * Size) + j] * _x[j];
            _y[i] = sum;
        }
        if (++Products == FailAt) _y[Size / 2] = T.NaN;
        y.CopyFrom(_y);
    }
}
