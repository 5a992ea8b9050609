using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Krylov;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

// Each suite on the CPU in both precisions.

[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class CpuKrylovSolverTests<T>(bool useSimd) : KrylovSolverTests<T>(new CpuDevices(useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class CpuKrylovSolverOracleTests<T>() : KrylovSolverOracleTests<T>(new CpuDevices(true))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public sealed class CpuKrylovSolverPropertyTests<T>() : KrylovSolverPropertyTests<T>(new CpuDevices(true))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>What is promised of the CPU device alone.</summary>
public class CpuKrylovLoopTests
{
    private static readonly string[] HostLoops = ["cg", "symmlq", "minres", "gmres", "bicg"];

    [TestCaseSource(nameof(HostLoops))]
    public void IterationsAllocateNothing(string name)
    {
        const int size = 2000;
        using var device = new CpuDevice<float>(1);
        using var solver = KrylovSolvers.Create(name, device, size, restart: 12);
        var diagonal = device.From([.. Enumerable.Range(0, size).Select(i => 1 + (i % 97))]);
        var system = new DelegateOperator<float>(size, (x, y) => device.Vectors.Multiply(diagonal, x, y));
        var b = device.From([.. Enumerable.Range(0, size).Select(i => 1f + (i % 7))]);
        var x = device.Zeros(size);
        var bytes = new long[30];
        bool Record(in SolveProgress progress)
        {
            bytes[progress.Iteration - 1] = GC.GetAllocatedBytesForCurrentThread();
            return true;
        }
        var options = new KrylovOptions { MaxIterations = bytes.Length, RelativeTolerance = 1e-6 };
        for (var warmUp = 0; warmUp < 3; warmUp++) solver.Solve(system, b, x, options, Record);
        Assert.That(bytes[^1], Is.Not.Zero, "all iterations ran");
        Assert.That(bytes[^1] - bytes[0], Is.Zero);
    }

    [TestCaseSource(nameof(HostLoops))]
    public void ThreadsDoNotChangeABit(string name) => Assert.That(Solve(name, 3), Is.EqualTo(Solve(name, 1)));

    private static float[] Solve(string name, int threads)
    {
        const int size = 60_007;
        using var device = new CpuDevice<float>(threads);
        using var solver = KrylovSolvers.Create(name, device, size, restart: 5);
        var diagonal = device.From([.. Enumerable.Range(0, size).Select(i => (i % 2 == 0 ? 1f : -1f) * (1 + (i % 13)))]);
        var b = device.From([.. Enumerable.Range(0, size).Select(i => 1f + (i % 7))]);
        var x = device.Zeros(size);
        solver.Solve(
            new DelegateOperator<float>(size, (v, y) => device.Vectors.Multiply(diagonal, v, y)), b, x,
            new KrylovOptions { MaxIterations = 8 });
        return x.ToArray();
    }
}
