using System.Numerics;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Krylov;

/// <summary>A stored matrix without symmetry, with products of its transpose or without them.</summary>
internal sealed class NonsymmetricOperator<T>(double[,] matrix) : LinearOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public bool WithTranspose { get; init; } = true;

    public override int Size => matrix.GetLength(0);

    public override bool IsSymmetric => false;

    public override bool HasTranspose => WithTranspose;

    public override void Apply(Tensor<T> x, Tensor<T> y) => Multiply((i, j) => matrix[i, j], x, y);

    public override void ApplyTranspose(Tensor<T> x, Tensor<T> y)
    {
        if (WithTranspose) Multiply((i, j) => matrix[j, i], x, y);
        else base.ApplyTranspose(x, y);
    }

    private void Multiply(Func<int, int, double> element, Tensor<T> x, Tensor<T> y)
    {
        var numbers = x.ToArray();
        y.CopyFrom([.. Enumerable.Range(0, Size).Select(i => T.CreateTruncating(
            Enumerable.Range(0, Size).Sum(j => element(i, j) * double.CreateTruncating(numbers[j]))))]);
    }
}
