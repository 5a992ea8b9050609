using System.Numerics;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>What <see cref="ProjectedGradientSystemTests{T}"/> does with the network of Eq. 13, on a small one.</summary>
[TestFixture(typeof(double), "cpu-simd", 1e-10)]
[TestFixture(typeof(float), "cpu-simd", 1e-4)]
[TestFixture(typeof(double), "cuda-plain", 1e-10)]
[TestFixture(typeof(float), "cuda-plain", 1e-4)]
[TestFixture(typeof(double), "cuda-shuffled", 1e-10)]
[TestFixture(typeof(float), "cuda-shuffled", 1e-4)]
public sealed class RefinedSolveTests<T>(string deviceName, double tolerance) : DeviceFixture<T>(deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [TestCase(0.1)]
    [TestCase(1)]
    [TestCase(10)]
    public void ARefinedSolutionAgrees(double eta)
    {
        var problem = new SmallConstraints<T>(Device, 1, 2, 3) { Weight = eta };
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, eta);
        var parameters = problem.Function.ParameterCount;
        var scale = system.MultiplierScale(
            new RandomGenerator(1), Device.Zeros(2 * problem.Function.RowCount), Device.Zeros(parameters), Device.Zeros<double>(new Shape(2)));
        using var solver = new MinresQlp<T>(Device, system.Size) { Preconditioner = Preconditioner<T>.TwoBlocks(parameters, eta, scale) };
        using var refinement = new IterativeRefinement<T>(Device, solver);
        var x = Device.Zeros(system.Size);
        var report = refinement.Solve(system, problem.RightHandSide, x, steps: 2);
        Assert.That(report.IsConverged, report.Explanation);
        Assert.That(problem.Distance(x), Is.LessThan(tolerance));
    }
}
