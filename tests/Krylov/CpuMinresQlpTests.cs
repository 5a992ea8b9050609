using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

// Each suite on the CPU, in both precisions, with and without SIMD.

[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class CpuMinresQlpOracleTests<T>(bool useSimd) : MinresQlpOracleTests<T>(new CpuDevices(useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class CpuMinresQlpPropertyTests<T>(bool useSimd) : MinresQlpPropertyTests<T>(new CpuDevices(useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class CpuMinresQlpPreconditionerTests<T>(bool useSimd) : MinresQlpPreconditionerTests<T>(new CpuDevices(useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class CpuMinresQlpCycleTests<T>(bool useSimd) : MinresQlpCycleTests<T>(new CyclingDevices(useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class CpuMinresQlpRandomTests<T>() : MinresQlpRandomTests<T>(new CpuDevices(true))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class CpuMinresQlpFullScaleTests<T>() : MinresQlpFullScaleTests<T>(new CpuDevices(true))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>What is promised of the CPU device alone.</summary>
public class CpuMinresQlpTests
{
    private const int Size = 100_003;

    [Test]
    public void ThreadsDoNotChangeABit()
    {
        Assert.That(Solve<float>(2, true), Is.EqualTo(Solve<float>(1, true)));
        Assert.That(Solve<double>(3, false), Is.EqualTo(Solve<double>(1, false)));
    }

    [Test]
    public void VectorAndScalarPathsAgree()
    {
        Assert.That(Difference(Solve<double>(1, true), Solve<double>(1, false)), Is.LessThan(1e-11));
        Assert.That(Difference(Solve<float>(1, true), Solve<float>(1, false)), Is.LessThan(1e-4));
    }

    [Test]
    public void IterationsAllocateNothing()
    {
        using var device = new CpuDevice<float>(2);
        using var solver = new MinresQlp<float>(device, Size);
        var system = Diagonal<float>(device);
        var b = device.From([.. RightHandSide().Select(value => (float)value)]);
        var x = device.Zeros(Size);
        var before = 0L;
        var least = long.MaxValue;
        bool Record(in SolveProgress progress)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            if (progress.Iteration > 1) least = Math.Min(least, allocated - before);
            before = allocated;
            return true;
        }
        var options = new KrylovOptions { MaxIterations = 40, RelativeTolerance = 1e-6 };
        for (var warmUp = 0; warmUp < 3; warmUp++)
        {
            least = long.MaxValue;
            solver.Preconditioner = Preconditioner<float>.TwoBlocks(99, 1, 2);
            solver.Solve(system, b, x, options, Record);
        }
        Assert.That(least, Is.Zero);
    }

    private static double[] Solve<T>(int threads, bool useSimd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var device = new CpuDevice<T>(threads, useSimd);
        using var solver = new MinresQlp<T>(device, Size);
        var x = device.Zeros(Size);
        var b = device.From([.. RightHandSide().Select(T.CreateChecked)]);
        solver.Preconditioner = Preconditioner<T>.TwoBlocks(50_001, 1, 2);
        solver.Solve(Diagonal(device), b, x, new KrylovOptions { MaxIterations = 25 });
        return Array.ConvertAll(x.ToArray(), double.CreateChecked);
    }

    /// <summary>A diagonal with entries of both signs between 1 and 4, multiplied on the device.</summary>
    private static DelegateOperator<T> Diagonal<T>(CpuDevice<T> device)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new RandomGenerator(5);
        var diagonal = device.From(
            [.. Enumerable.Range(0, Size).Select(i => T.CreateChecked((i % 2 == 0 ? 1 : -1) * random.NextUniform(1, 4)))]);
        return new DelegateOperator<T>(Size, (x, y) => device.Vectors.Multiply(diagonal, x, y));
    }

    private static double[] RightHandSide()
    {
        var random = new RandomGenerator(6);
        return [.. Enumerable.Range(0, Size).Select(_ => random.NextNormal())];
    }

    private static double Difference(double[] a, double[] b)
        => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum() / b.Sum(y => y * y));
}
