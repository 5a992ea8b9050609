using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Support;

/// <summary>
/// The smallest network there is, y = w x + b with a scalar x, small enough to compute every step by hand, and the
/// constraint C(y) = y - 1.
/// </summary>
internal sealed class TinyProblem : IDisposable
{
    public TinyProblem(double w, double b, string deviceName = "cpu-simd-1")
    {
        Device = Devices.Create<double>(deviceName);
        Network = new Network<double>(Device, new Shape(1), new DenseSpec(1));
        Parameters = Device.From([w, b]);
    }

    public ComputeDevice<double> Device { get; }

    public Network<double> Network { get; }

    public Tensor<double> Parameters { get; }

    public IOutputConstraint<double> Constraint { get; } = new OutputIsOne();

    /// <summary>C(y) &lt;= 0.</summary>
    public IOutputConstraint<double> Inequality => new Inequality<double>(Device, Constraint);

    public Batch<double> Batch(params (double X, double Y)[] samples) => new(
        Device.From([.. samples.Select(s => s.X)], new Shape(samples.Length, 1)),
        Device.From([.. samples.Select(s => s.Y)], new Shape(samples.Length, 1)));

    public ResidualRisk<double> Risk(int batch = 2) => new(Network, batch);

    public OutputConstraintFunction<double> Function(IOutputConstraint<double> constraint, int active) => new(Network, constraint, active);

    public OutputConstraintFunction<double> Function(int active) => Function(Constraint, active);

    public void Dispose() => Device.Dispose();

    private sealed class OutputIsOne() : SampleConstraint<double>("y = 1", outputs: 1, rowsPerSample: 1)
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c) => c[0] = y[0] - 1;

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc) => dc[0] = dy[0];

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy) => uy[0] = u[0];
    }
}
