using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Krylov;

public class IterativeRefinementTests
{
    private const int Size = 40;
    private CpuDevice<float> _device = null!;
    private MinresQlp<float> _solver = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _device = new CpuDevice<float>(1);
        _solver = new MinresQlp<float>(_device, Size);
    }

    [OneTimeTearDown]
    public void Close()
    {
        _solver.Dispose();
        _device.Dispose();
    }

    [Test]
    public void CorrectionsShrinkTheTrueResidual()
    {
        var (system, b, x) = (Diagonal(singular: false), Random(), _device.Zeros(Size));
        var loose = new KrylovOptions { RelativeTolerance = 1e-2 };
        var once = _solver.Solve(system, b, x, options: loose).TrueResidualNorm!.Value;
        var refined = new IterativeRefinement<float>(_device, _solver).Solve(system, b, x, steps: 4, options: loose);
        Assert.That(refined.TrueResidualNorm, Is.LessThan(1e-3 * once));
        Assert.That(refined.Exit, Is.EqualTo(SolveExit.Solved));
    }

    [Test]
    public void AnInconsistentSystemIsLeftAsItIs()
    {
        var (system, b, x, plain) = (Diagonal(singular: true), Random(), _device.Zeros(Size), _device.Zeros(Size));
        var expected = _solver.Solve(system, b, plain);
        var report = new IterativeRefinement<float>(_device, _solver).Solve(system, b, x, steps: 3);
        Assert.That(expected.IsInconsistent);
        Assert.That(report.Iterations, Is.EqualTo(expected.Iterations));
        Assert.That(x.ToArray(), Is.EqualTo(plain.ToArray()));
    }

    /// <summary>diag(1, -2, 3, ...), its first element 0 where singular.</summary>
    private DelegateOperator<float> Diagonal(bool singular)
    {
        var diagonal = _device.From([.. Enumerable.Range(0, Size).Select(i => singular && i == 0 ? 0 : (i % 2 == 0 ? 1f : -1f) * (i + 1))]);
        return new DelegateOperator<float>(Size, (x, y) => _device.Vectors.Multiply(diagonal, x, y));
    }

    private Tensor<float> Random()
    {
        var generator = new RandomGenerator(5);
        return _device.From([.. Enumerable.Range(0, Size).Select(_ => (float)generator.NextNormal())]);
    }
}
