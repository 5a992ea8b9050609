namespace PoseEngine.Experiments.Benchmarks;

/// <summary>A network at random weights and images, with the six constraints on each sample, and the work to time.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class ScaleProblem<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double Eta = 1000;

    private readonly ComputeDevice<T> _device;
    private readonly Linearization<T> _at;
    private readonly Residual<T> _residual;
    private readonly OutputConstraintFunction<T> _constraint;
    private readonly Tensor<T> _weights;
    private readonly Batch<T> _samples;
    private readonly Tensor<T> _gradient;
    private readonly Tensor<T> _rows;
    private readonly Tensor<T> _rightHandSide;
    private readonly Tensor<T> _solution;

    public ScaleProblem(Problem problem, Network<T> network, RandomGenerator generator, int batch)
    {
        var device = _device = network.Device;
        _weights = network.InitializeHe(generator);
        _samples = RandomSamples.Create(problem, network, generator, batch);
        _at = network.CreateLinearization(batch);
        _residual = new Residual<T>(_at);
        _constraint = new OutputConstraintFunction<T>(_at, new ConstraintSet<T>(device, problem.Constraints));
        _gradient = device.Zeros(network.ParameterCount);
        _rows = device.Zeros(_constraint.RowCount);
        _rightHandSide = device.Zeros(network.ParameterCount + _constraint.RowCount);
        _solution = device.Zeros(_rightHandSide.Count);
        Gradient();
        _constraint.Update(_samples.Columns);
        device.Vectors.Copy(_gradient, _rightHandSide.Slice(0, network.ParameterCount));
        device.Vectors.Copy(_constraint.Value, _rightHandSide.Slice(network.ParameterCount, _constraint.RowCount));
    }

    public int RowCount => _constraint.RowCount;

    /// <summary>Forward and L-op of the loss.</summary>
    public void Gradient()
    {
        _at.MoveTo(_weights, _samples.Inputs);
        _residual.Update(_samples.Targets);
        _residual.Lop(_residual.Value, _gradient);
    }

    /// <summary>R-op and L-op of the constraints.</summary>
    public void KrylovProduct()
    {
        _constraint.Rop(_weights, _rows);
        _constraint.Lop(_constraint.Value, _gradient);
    }

    public GramSolver<T> CreateGramSolver() => new(_device, _constraint, Eta);

    /// <summary>One solve of Eq. 5.</summary>
    public void Solve(GramSolver<T> solver) => solver.Solve(_rightHandSide, _solution);

    public void Dispose()
    {
        _constraint.Dispose();
        _residual.Dispose();
        _at.Dispose();
    }
}
