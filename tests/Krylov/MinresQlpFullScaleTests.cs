using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>A system of the size of the pose network's, whose solution has a closed form.</summary>
public abstract class MinresQlpFullScaleTests<T>(IDeviceFactory devices) : MinresQlpSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [TestCase(false)]
    [TestCase(true)]
    public void FullScaleSystemMeetsItsClosedForm(bool preconditioned)
    {
        var system = new FullScaleKkt<T>();
        using var solver = new MinresQlp<T>(Device, system.Size);
        var x = Device.From(FullScaleKkt<T>.RightHandSide());
        var preconditioner = preconditioned
            ? Preconditioner<T>.TwoBlocks(FullScaleKkt<T>.PrimalCount, FullScaleKkt<T>.Eta, FullScaleKkt<T>.SecondWeight)
            : null;
        solver.Preconditioner = preconditioner;
        var report = solver.Solve(system, x, x);
        var (error, dualError) = FullScaleKkt<T>.Errors(x.ToArray());
        Assert.That(report.Exit, Is.EqualTo(SolveExit.LeastSquares));
        Assert.That(report.Iterations, Is.LessThanOrEqualTo(25));
        Assert.That(error, Is.LessThanOrEqualTo(Either(1e-9, 5e-6)));
        Assert.That(dualError, Is.LessThanOrEqualTo(preconditioned ? Either(1e-7, 1e-3) : Either(1e-5, 1e-2)));
    }
}
