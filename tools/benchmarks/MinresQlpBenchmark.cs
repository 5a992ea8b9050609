using BenchmarkDotNet.Attributes;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Benchmarks;

/// <summary>The vector passes of MINRES-QLP at the length of Eq. 13's parameters: the operator is one cheap pass itself.</summary>
public class MinresQlpBenchmark : OperatorBenchmark
{
    private const int Count = 2_096_931;
    private const int Iterations = 20;

    private readonly KrylovOptions _options = new() { RelativeTolerance = 1e-30, MaxIterations = Iterations, Verify = false };
    private LinearOperator<float> _diagonal = null!; // Set by Prepare, before any benchmark runs.
    private MinresQlp<float> _solver = null!; // The same.
    private Tensor<float> _b;
    private Tensor<float> _x;

    [GlobalSetup]
    public void Prepare()
    {
        var diagonal = Random(Count);
        _diagonal = new DelegateOperator<float>(Count, (x, y) => Device.Vectors.Multiply(diagonal, x, y));
        _solver = new MinresQlp<float>(Device, Count);
        (_b, _x) = (Random(Count), Random(Count));
        // The time is divided by the iterations, so all must take place.
        var report = Iteration();
        if (report.Iterations != Iterations) throw new InvalidOperationException($"the solve ended after {report.Iterations} of {Iterations} iterations");
    }

    [Benchmark(OperationsPerInvoke = Iterations)]
    public SolveReport Iteration() => _solver.Solve(_diagonal, _b, _x, _options);
}
