namespace PoseEngine.Experiments.Krylov;

/// <summary>The systems of Eq. 5 that a short training of the pose network meets: at each of its points with the constraints of different
/// samples, with those of some samples twice, and with those twice but right-hand sides that contradict. Their exact solutions come from
/// the Gram matrix.</summary>
internal sealed class NetworkProblems<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const ulong BatchStream = 5, ActiveStream = 6, SignStream = 7;

    private readonly ComputeDevice<T> _device;
    private readonly Workspace<T> _memory;
    private readonly KrylovPlan _plan;
    private readonly SoftAdam<T> _training;
    private readonly MinibatchSampler<T> _sampler;
    private readonly BatchLoader<T> _minibatches;
    private readonly BatchLoader<T> _active;
    private readonly ResidualRisk<T> _risk;
    private readonly OutputConstraintFunction<T> _constraint;
    private readonly ProjectedGradientSystem<T> _system;
    private readonly GramSolver<T> _gram;
    private readonly Tensor<T> _gradient;
    private readonly Tensor<T> _rightHandSide;
    private readonly Tensor<T> _expected;
    private readonly Tensor<T> _scratch;
    private readonly Tensor<T> _signs;
    private readonly Tensor<double> _squares;
    private readonly int[] _different;
    private readonly ulong _seed;

    /// <exception cref="UserErrorException">The set has fewer images than a system or a minibatch needs.</exception>
    public NetworkProblems(ComputeDevice<T> device, Problem problem, KrylovPlan plan, ulong seed)
    {
        (_device, _plan, _seed) = (device, plan, seed);
        var (parts, source) = (new ProblemParts<T>(device, problem), problem.Data.Labelled.Source);
        var network = parts.Network;
        var parameters = ProblemDevice<T>.InitialWeights(network, seed);
        _memory = new Workspace<T>(device);
        _memory.Own(parameters.Storage);
        _training = _memory.Own(new SoftAdam<T>(new ResidualRisk<T>(network, plan.Batch), parameters, new AdamOptions(), null));
        _sampler = new MinibatchSampler<T>(source.Count, new RandomGenerator(seed, BatchStream));
        _minibatches = _memory.Own(new BatchLoader<T>(device, source, plan.Batch));
        _active = _memory.Own(new BatchLoader<T>(device, source, plan.Samples));
        _risk = _memory.Own(new ResidualRisk<T>(network, plan.Batch));
        _constraint = _memory.Own(new OutputConstraintFunction<T>(network, parts.Constraint, plan.Samples));
        _system = _memory.Own(new ProjectedGradientSystem<T>(device, _constraint, KrylovPlan.Eta));
        _gram = _memory.Own(new GramSolver<T>(device, _constraint, KrylovPlan.Eta));
        _gradient = _memory.Zeros(network.ParameterCount);
        _rightHandSide = _memory.Zeros(_system.Size);
        _expected = _memory.Zeros(_system.Size);
        _scratch = _memory.Zeros(network.ParameterCount);
        _signs = _memory.Zeros(ProjectedGradientSystem<T>.TraceProbes * _constraint.RowCount);
        _squares = _memory.Zeros<double>(new Shape(ProjectedGradientSystem<T>.TraceProbes));
        _different = new int[plan.Samples];
        new MinibatchSampler<T>(source.Count, new RandomGenerator(seed, ActiveStream)).Next(_different);
    }

    /// <summary>The systems one after the other; each is gone when the next one is asked for.</summary>
    public IEnumerable<KrylovProblem<T>> All(Action<string> say, CancellationToken cancellation)
    {
        foreach (var point in _plan.Points)
        {
            say($"training to step {point}");
            Train(point, cancellation);
            Differentiate();
            var name = _plan.NameOf(point);
            foreach (var kind in (KrylovClass[])[KrylovClass.NetworkIndependent, KrylovClass.NetworkDuplicated, KrylovClass.NetworkContradictory])
            {
                var note = Prepare(kind);
                yield return new(name, kind, _system, _rightHandSide, _expected, _plan.MaxIterations, _plan.Restart, TwoBlocks(), note, _constraint.ParameterCount);
            }
        }
    }

    public void Dispose() => _memory.Dispose();

    private void Train(int step, CancellationToken cancellation)
    {
        while (_training.Iteration < step)
        {
            cancellation.ThrowIfCancellationRequested();
            _training.Step(NextBatch(), null, cancellation);
        }
    }

    private Batch<T> NextBatch()
    {
        var indices = new int[_plan.Batch];
        _sampler.Next(indices);
        return _minibatches.Load(indices);
    }

    /// <summary>The gradient of the loss on one minibatch.</summary>
    private void Differentiate()
    {
        _risk.MoveTo(_training.Parameters, NextBatch());
        _risk.Gradient(_gradient);
    }

    /// <summary>M = diag(eta I, s I), which Hard-SGD gives to MINRES-QLP.</summary>
    private Preconditioner<T> TwoBlocks()
    {
        var scale = _system.MultiplierScale(new RandomGenerator(_seed, SignStream), _signs, _scratch, _squares);
        return Preconditioner<T>.TwoBlocks(_constraint.ParameterCount, KrylovPlan.Eta, scale);
    }

    /// <summary>Linearizes the constraints of a class, sets b and solves exactly.</summary>
    private string Prepare(KrylovClass kind)
    {
        var indices = (int[])_different.Clone();
        var copies = kind == KrylovClass.NetworkIndependent ? 0 : _plan.Copies;
        for (var i = 0; i < copies; i++) indices[^(i + 1)] = indices[i];
        _constraint.MoveTo(_training.Parameters, _active.Load(indices));
        _system.RightHandSide(_gradient, _rightHandSide);
        if (kind == KrylovClass.NetworkContradictory)
        {
            // A copy asks for the opposite of what its original asks for.
            var rows = copies * _constraint.Constraint.RowsPerSample;
            var last = _rightHandSide.Slice(_system.Size - rows, rows);
            _device.Vectors.Scale(-1, last, last);
        }
        var report = _gram.Solve(_rightHandSide, _expected);
        return $"{_constraint.RowCount} rows of rank {report.Gram?.Rank}";
    }
}
