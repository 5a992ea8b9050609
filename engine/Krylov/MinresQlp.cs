using System.Diagnostics;
using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// MINRES-QLP for B x = b with symmetric B, which may be indefinite and singular and the system inconsistent: returns
/// the solution of min length, or the least-squares solution of min length if there is none.
/// </summary>
/// <remarks>
/// S.-C. T. Choi, C. C. Paige, M. A. Saunders, SIAM J. Sci. Comput. 33(4), 2011; S.-C. T. Choi, M. A. Saunders,
/// ACM TOMS 40(2), 2014. The scalar side with the stopping rules is <see cref="MinresQlpRecurrence"/>, the vector side
/// <see cref="IMinresQlpKernels{T}"/>. The host issues passes and never needs a scalar to issue the next one; a device
/// that wants to gets them as one recording, which it repeats without asking the host. QLP runs from the first
/// iteration: fused, it costs one vector pass more than a MINRES phase would.
/// Six vectors are held and reused from solve to solve (a seventh under a general preconditioner); the loop
/// allocates nothing.
/// </remarks>
/// <typeparam name="T">The number type of the vectors.</typeparam>
public sealed class MinresQlp<T> : KrylovSolver<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly IMinresQlpState _state;
    private readonly Tensor<T>[] _lanczos;
    private readonly Tensor<T> _wl;
    private readonly Tensor<T> _w;
    private readonly Tensor<T> _x2;
    private readonly Tensor<double> _squares;
    private readonly Snapshot _norms;
    private readonly SnapshotPart<double> _readSquares;
    private Tensor<T> _extra;
    private IRecording? _cycle;
    private (LinearOperator<T>? System, long MemoryVersion, GeneralPreconditioner<T>? Preconditioner) _cycleOf;
    private SolveWatch? _watch;
    private (long Timestamp, bool Verify) _began;

    /// <summary>A solver with work space for systems of <paramref name="size"/> unknowns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is less than 1.</exception>
    public MinresQlp(ComputeDevice<T> device, int size)
        : base(device, size)
    {
        _memory = new Workspace<T>(device);
        try
        {
            _lanczos = [_memory.Zeros(size), _memory.Zeros(size), _memory.Zeros(size)];
            (_wl, _w, _x2) = (_memory.Zeros(size), _memory.Zeros(size), _memory.Zeros(size));
            _state = _memory.Own(device.MinresQlp.CreateState(_wl, _w, _x2));
            _squares = _memory.Zeros<double>(new Shape(2));
            _norms = _memory.Own(device.CreateSnapshot());
            _readSquares = _norms.Add(_squares);
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name => "minres-qlp";

    /// <inheritdoc/>
    public override string Title => "MINRES-QLP";

    /// <inheritdoc/>
    public override KrylovRequirements Requirements { get; } = new(true, true, false, false);

    /// <inheritdoc/>
    public override int WorkVectors => _extra.IsAbsent && Preconditioner is not GeneralPreconditioner<T> ? 6 : 7;

    /// <summary>M of the next solves, or null for none; it decides the norms in which x is shortest.</summary>
    public Preconditioner<T>? Preconditioner { get; set; }

    /// <inheritdoc/>
    public override SolveReport Solve(
        LinearOperator<T> system,
        Tensor<T> b,
        Tensor<T> x,
        KrylovOptions? options = null,
        SolveCallback? callback = null,
        CancellationToken cancellation = default)
    {
        var began = Stopwatch.GetTimestamp();
        Check(system, b, x);
        options ??= Defaults;
        var preconditioner = Preconditioner ?? Preconditioner<T>.None;
        using var watch = new SolveWatch(began, options.TimeLimit ?? TimeSpan.MaxValue, callback, cancellation);
        Begin(b, Settings(options), preconditioner);
        var exit = Iterate(system, preconditioner as GeneralPreconditioner<T>, watch, out var scalars);
        return Finish(system, b, x, preconditioner is GeneralPreconditioner<T>, options.Verify && !watch.IsCancelled, exit, scalars, began);
    }

    /// <summary>
    /// Gives a whole solve to the device, x included, where it can do that alone; <see cref="End"/> follows. A preconditioner that is set
    /// does not count.
    /// </summary>
    /// <returns>Whether it could; if not, nothing was done.</returns>
    internal bool TryBegin(
        LinearOperator<T> system, in TraceWeights weights, Tensor<T> b, Tensor<T> x, KrylovOptions options, CancellationToken cancellation)
    {
        Check(system, b, x);
        if (Device.MinresQlp is not ISolvesAhead<T> ahead || !system.CanRecord || b.Overlaps(x)) return false;
        var cycle = Cycle(system, null);
        if (!ahead.CanLaunch(_state, cycle)) return false;
        _began = (Stopwatch.GetTimestamp(), options.Verify);
        _watch?.Dispose();
        _watch = new SolveWatch(_began.Timestamp, options.TimeLimit ?? TimeSpan.MaxValue, null, cancellation);
        ahead.Start(_state, Settings(options), weights, b, _lanczos[1]);
        Device.MinresQlp.Advance(_state);
        ahead.Launch(_state, cycle, _watch);
        // Where directions are due behind whole cycles, the number of iterations is one of those: z_k lies in the first place.
        Device.MinresQlp.FormSolution(_state, _lanczos[0], x);
        if (!options.Verify) return true;
        TrueNorms(system, b, x, _lanczos[1], _lanczos[2]);
        _norms.Take();
        return true;
    }

    /// <summary>Waits for a solve that has begun and for what was given to the device behind it.</summary>
    internal SolveReport End()
    {
        using var watch = _watch!;
        _watch = null;
        ((ISolvesAhead<T>)Device.MinresQlp).Await(_state, watch);
        Device.MinresQlp.Poll(_state, out var scalars);
        if (_began.Verify) _norms.Await();
        return Report(watch.Look(scalars), scalars, _began.Verify && !watch.IsCancelled, _began.Timestamp);
    }

    /// <summary>The numbers of options, with MINRES-QLP's own tolerances where they are unset.</summary>
    internal KrylovSettings Resolve(KrylovOptions options) => options.Resolve<T>(Size, 1e-6, 1e-12);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _cycle?.Dispose();
        _memory.Dispose();
        _watch?.Dispose();
    }

    private MinresQlpSettings Settings(KrylovOptions options)
    {
        var s = Resolve(options);
        return new MinresQlpSettings(
            s.RelativeTolerance, s.LeastSquaresTolerance, s.Epsilon, s.ConditionLimit, s.NormLimit, s.MaxIterations,
            typeof(T) == typeof(float) ? 120 : 1000, s.SolvedExit, s.LeastSquaresExit);
    }

    private void Begin(Tensor<T> b, in MinresQlpSettings settings, Preconditioner<T> preconditioner)
    {
        var kernels = Device.MinresQlp;
        if (preconditioner is GeneralPreconditioner<T> general)
        {
            if (_extra.IsAbsent) _extra = _memory.Zeros(Size);
            kernels.Start(_state, settings, DiagonalWeights<T>.Identity, b, _lanczos[1]);
            general.Solve(_lanczos[1], _extra);
            kernels.PreconditionedNorm(_state, _lanczos[1], _extra);
        }
        else
        {
            kernels.Start(_state, settings, ((DiagonalPreconditioner<T>)preconditioner).Weights, b, _lanczos[1]);
        }
        kernels.Advance(_state);
    }

    /// <summary>The Lanczos loop, on the device where that is wanted and possible, else with a look at each iteration.</summary>
    private SolveExit Iterate(
        LinearOperator<T> system, GeneralPreconditioner<T>? general, SolveWatch watch, out MinresQlpScalars scalars)
    {
        var kernels = Device.MinresQlp;
        var canRecord = system.CanRecord && general is not { CanRecord: false };
        var cycle = kernels.RunsCycles && canRecord && !watch.WantsEveryIteration ? Cycle(system, general) : null;
        var vectors = FirstVectors(general);
        while (true)
        {
            if (cycle is not null) kernels.RunCycles(_state, cycle, watch);
            kernels.Poll(_state, out scalars);
            var exit = watch.Look(scalars);
            if (exit != SolveExit.None) return exit;
            if (cycle is null) vectors = RunIteration(system, general, vectors);
        }
    }

    /// <summary>
    /// The recording of as many iterations as bring the vectors back to their places, made anew when it would be another.
    /// </summary>
    private IRecording Cycle(LinearOperator<T> system, GeneralPreconditioner<T>? general)
    {
        var key = (system, system.MemoryVersion, general);
        if (_cycle is not null && _cycleOf == key) return _cycle;
        _cycle?.Dispose();
        _cycleOf = key;
        _cycle = Device.Record("minres-qlp.cycle", () => RunCycle(system, general));
        return _cycle;
    }

    /// <summary>
    /// Iterations until the vectors are back in their places. The scalar step, one thread's work, runs beside the next
    /// iteration's product, which needs z alone: what the step decides is looked at by the passes behind both. The last one
    /// has no product beside it, since whoever repeats the cycle looks at its decision. Under a general preconditioner the
    /// directions, which follow the step, read what the next product overwrites, and all is in order.
    /// </summary>
    private void RunCycle(LinearOperator<T> system, GeneralPreconditioner<T>? general)
    {
        var vectors = FirstVectors(general);
        if (general is not null)
        {
            for (var i = 0; i < vectors.Period; i++) vectors = RunIteration(system, general, vectors);
            return;
        }
        system.Apply(vectors.Z, vectors.Product);
        for (var i = 1; i < vectors.Period; i++)
        {
            var next = RunPasses(null, vectors);
            Device.Fork("minres-qlp.scalars", () => Device.MinresQlp.Advance(_state), () => system.Apply(next.Z, next.Product));
            vectors = next;
        }
        RunPasses(null, vectors);
        Device.MinresQlp.Advance(_state);
    }

    private LanczosVectors<T> FirstVectors(GeneralPreconditioner<T>? general)
        => new(_lanczos[0], _lanczos[1], _lanczos[2], general is null ? default : _extra);

    /// <summary>One iteration: operator, fused passes and scalar steps. Returns the vectors in their next places.</summary>
    private LanczosVectors<T> RunIteration(
        LinearOperator<T> system, GeneralPreconditioner<T>? general, in LanczosVectors<T> vectors)
    {
        system.Apply(vectors.Z, vectors.Product);
        var next = RunPasses(general, vectors);
        Device.MinresQlp.Advance(_state);
        if (general is not null) Device.MinresQlp.UpdateDirections(_state, vectors.Z);
        return next;
    }

    /// <summary>The passes between an iteration's product and its scalar step. Returns the vectors in their next places.</summary>
    private LanczosVectors<T> RunPasses(GeneralPreconditioner<T>? general, in LanczosVectors<T> vectors)
    {
        var kernels = Device.MinresQlp;
        var next = vectors.Next();
        kernels.LanczosProduct(_state, vectors.Z, vectors.Previous, vectors.Product, withDirections: general is null);
        kernels.LanczosNormalise(_state, vectors.Current, vectors.Product);
        if (general is not null)
        {
            general.Solve(next.Current, next.Z);
            kernels.PreconditionedNorm(_state, next.Current, next.Z);
        }
        return next;
    }

    private SolveReport Finish(
        LinearOperator<T> system,
        Tensor<T> b,
        Tensor<T> x,
        bool isGeneral,
        bool verify,
        SolveExit exit,
        in MinresQlpScalars scalars,
        long began)
    {
        verify &= exit != SolveExit.NotFinite;

        // Under a diagonal M the directions of the last iteration still wait for its z_k; the other two are free.
        var last = scalars.Iteration % 3;
        var (z, free, other) = (_lanczos[last], _lanczos[(last + 1) % 3], _lanczos[(last + 2) % 3]);
        if (verify && b.Overlaps(x))
        {
            Device.Vectors.Copy(b, free);
            b = free;
        }
        Device.MinresQlp.FormSolution(_state, isGeneral ? default : z, x);
        if (verify)
        {
            TrueNorms(system, b, x, z, other);
            _norms.Read();
        }
        return Report(exit, scalars, verify, began);
    }

    /// <summary>The report, with the norms that were read where a solve that stayed finite is verified.</summary>
    private SolveReport Report(SolveExit exit, in MinresQlpScalars scalars, bool verify, long began)
    {
        var scale = scalars.Scale;
        (double? residual, double? normal) = verify && exit != SolveExit.NotFinite
            ? (Math.Sqrt(_readSquares.Numbers[0]), Math.Sqrt(_readSquares.Numbers[1]))
            : ((double?)null, (double?)null);
        if (residual is { } norm && !double.IsFinite(norm)) exit = SolveExit.NotFinite;
        return new SolveReport
        {
            Exit = exit,
            Solver = Title,
            Iterations = scalars.Iteration,
            Precision = Device.Precision,
            ResidualNorm = scale * scalars.ResidualNorm,
            NormalResidualNorm = scale * scalars.NormalResidualNorm,
            SolutionNorm = scale * scalars.SolutionNorm,
            OperatorNorm = scalars.OperatorNorm,
            Condition = scalars.Condition,
            BackwardError = scalars.BackwardError,
            RightHandSideNorm = scale * scalars.Beta1,
            TrueResidualNorm = residual,
            TrueNormalResidualNorm = normal,
            RelativeTolerance = scalars.RelativeTolerance,
            LeastSquaresTolerance = scalars.LeastSquaresTolerance,
            Elapsed = Stopwatch.GetElapsedTime(began),
        };
    }

    /// <summary>Leaves the squares of ||b - B x|| and ||B (b - B x)|| on the device.</summary>
    private void TrueNorms(
        LinearOperator<T> system, Tensor<T> b, Tensor<T> x, Tensor<T> product, Tensor<T> residual)
    {
        system.Apply(x, product);
        Device.Vectors.Combine(1, b, -1, product, residual);
        Device.Vectors.Dot(residual, residual, _squares.Slice(0, 1));
        system.Apply(residual, product);
        Device.Vectors.Dot(product, product, _squares.Slice(1, 1));
    }
}
