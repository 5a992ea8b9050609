namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The work to time on a network at given weights and samples: the loss, the constraints, and a solve of Eq. 5.</summary>
internal sealed class BenchWork<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double Eta = 1000;

    private readonly Tensor<T> _weights;
    private readonly Batch<T> _samples;
    private readonly Linearization<T> _at;
    private readonly Residual<T> _residual;
    private readonly OutputConstraintFunction<T> _constraint;
    private readonly Tensor<T> _gradient;
    private readonly Tensor<T> _rows;
    private readonly Tensor<T> _rightHandSide;
    private readonly Tensor<T> _solution;

    public BenchWork(Network<T> network, IOutputConstraint<T> constraint, Tensor<T> weights, Batch<T> samples)
    {
        (_weights, _samples) = (weights, samples);
        _at = network.CreateLinearization(samples.Count);
        _residual = new Residual<T>(_at);
        _constraint = new OutputConstraintFunction<T>(_at, constraint);
        var (device, parameters) = (network.Device, network.ParameterCount);
        _gradient = device.Zeros(parameters);
        _rows = device.Zeros(RowCount);
        _rightHandSide = device.Zeros(parameters + RowCount);
        _solution = device.Zeros(_rightHandSide.Count);
        Gradient();
        _constraint.Update(samples.Columns, samples.Groups);
        device.Vectors.Copy(_gradient, _rightHandSide.Slice(0, parameters));
        device.Vectors.Copy(_constraint.Value, _rightHandSide.Slice(parameters, RowCount));
    }

    public int RowCount => _constraint.RowCount;

    /// <summary>At new images.</summary>
    public void Forward() => _at.MoveTo(_weights, _samples.Inputs);

    /// <summary>Forward and L-op of the loss.</summary>
    public void Gradient()
    {
        Forward();
        _residual.Update(_samples.Targets);
        _residual.Lop(_residual.Value, _gradient);
    }

    public void Rop() => _constraint.Rop(_weights, _rows);

    public void Lop() => _constraint.Lop(_constraint.Value, _gradient);

    public void KrylovProduct()
    {
        Rop();
        Lop();
    }

    public GramSolver<T> CreateGramSolver() => new(_at.Network.Device, _constraint, Eta);

    public void Solve(GramSolver<T> solver) => solver.Solve(_rightHandSide, _solution);

    public void Dispose()
    {
        _constraint.Dispose();
        _residual.Dispose();
        _at.Dispose();
    }
}
