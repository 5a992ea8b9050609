using PoseEngine.Krylov;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Krylov;

/// <summary>A matrix by its entries, and as an operator on every device.</summary>
[UsesCuda]
public sealed class SparseMatrixTests
{
    private static readonly MatrixEntry[] Entries = [new(0, 1, 5), new(2, 0, 2), new(2, 2, -1), new(1, 1, 3), new(1, 1, 1)];

    [Test]
    public void EntriesOfOnePlaceAddUp()
    {
        var matrix = new SparseMatrix(3, Entries);
        Assert.That((matrix.Size, matrix.Count, matrix.At(1, 1), matrix.At(0, 0), matrix.Largest), Is.EqualTo((3, 4, 4.0, 0.0, 5.0)));
        Assert.That(matrix.Asymmetry, Is.EqualTo(new MatrixEntry(0, 1, 5)));
        Assert.That(SparseMatrix.OfDense(2, (i, j) => i + j).Asymmetry, Is.Null);
        Assert.That(SparseMatrix.OfDense(2, (i, j) => i + j).Count, Is.EqualTo(3), "zeros are not stored");
        Assert.That(new SparseMatrix(1, []).Largest, Is.Zero);
    }

    [TestCase("cpu-simd")]
    [TestCase("cuda-plain")]
    public void AnOperatorMultipliesAlikeOnEveryDevice(string deviceName)
    {
        using var device = Devices.Create<double>(deviceName);
        var system = new SparseOperator<double>(new SparseMatrix(3, Entries));
        var (x, y) = (device.From([1, 2, 3]), device.From([9, 9, 9]));
        system.Apply(x, y);
        Assert.That(y.ToArray(), Is.EqualTo((double[])[10, 8, -1]));
        system.ApplyTranspose(x, y);
        Assert.That(y.ToArray(), Is.EqualTo((double[])[6, 13, -3]));
        Assert.That((system.Size, system.IsSymmetric, system.HasTranspose), Is.EqualTo((3, false, true)));
    }

    [Test]
    public void ASolverTakesIt()
    {
        using var device = Devices.Create<double>("cpu-simd");
        var matrix = SparseMatrix.OfDense(60, (i, j) => i == j ? 2 : Math.Abs(i - j) == 1 ? -1 : 0);
        double[] expected = [.. Enumerable.Range(0, 60).Select(i => (double)((7 * i % 11) - 5))];
        var b = new double[60];
        matrix.Multiply(expected, b);
        using var solver = new MinresQlp<double>(device, 60);
        var x = device.Zeros(60);
        solver.Solve(new SparseOperator<double>(matrix), device.From(b), x, new KrylovOptions { RelativeTolerance = 1e-13 });
        Assert.That(x.ToArray(), Is.EqualTo(expected).Within(1e-9));
    }

    [Test]
    public void WhatDoesNotFitIsRefused()
    {
        Assert.That(() => new SparseMatrix(0, []), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new SparseMatrix(2, [new(0, 2, 1)]), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("entry (0, 2) is outside of a matrix of 2 rows and columns"));
        Assert.That(() => new SparseMatrix(2, [new(-1, 0, 1)]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        var matrix = new SparseMatrix(3, Entries);
        Assert.That(() => matrix.Multiply([1, 2], new double[3]), Throws.ArgumentException.With.Message.StartsWith("the vector of a sparse product expects 3, got 2"));
        Assert.That(() => matrix.MultiplyTranspose([1, 2, 3], new double[4]), Throws.ArgumentException.With.Message.StartsWith("the result of a sparse product expects 3, got 4"));
    }
}
