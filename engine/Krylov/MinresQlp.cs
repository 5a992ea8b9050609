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
/// <see cref="IMinresQlpKernels{T}"/>. The host issues passes and never needs a scalar to issue the next one. QLP runs
/// from the first iteration: fused, it costs one vector pass more than a MINRES phase would.
/// Six vectors are held and reused from solve to solve (a seventh under a general preconditioner); the loop
/// allocates nothing.
/// </remarks>
/// <typeparam name="T">The number type of the vectors.</typeparam>
public sealed class MinresQlp<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly MinresQlpOptions Defaults = new();

    private readonly ComputeDevice<T> _device;
    private readonly IMinresQlpState _state;
    private readonly Tensor<T>[] _lanczos;
    private readonly Tensor<T> _wl;
    private readonly Tensor<T> _w;
    private readonly Tensor<T> _x2;
    private Tensor<T> _extra;

    /// <summary>A solver with work space for systems of <paramref name="size"/> unknowns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is less than 1.</exception>
    public MinresQlp(ComputeDevice<T> device, int size)
    {
        Guard.Positive(size, "minres-qlp: the size of the system");
        _device = device;
        Size = size;
        _state = device.MinresQlp.CreateState(size);
        _lanczos = [device.Zeros(size), device.Zeros(size), device.Zeros(size)];
        _wl = device.Zeros(size);
        _w = device.Zeros(size);
        _x2 = device.Zeros(size);
    }

    /// <summary>The number of unknowns.</summary>
    public int Size { get; }

    /// <summary>Solves B x = b from x = 0.</summary>
    /// <param name="system">B, symmetric [Size, Size].</param>
    /// <param name="b">The right-hand side [Size].</param>
    /// <param name="x">The solution [Size], overwritten; may be b.</param>
    /// <param name="preconditioner">M, or null for none; it decides the norms in which x is shortest.</param>
    /// <param name="options">When to stop, or null for the defaults.</param>
    /// <param name="callback">Called after each iteration, or null.</param>
    /// <param name="cancellation">Looked at between iterations: the solve ends there with the x it has.</param>
    /// <returns>What happened; a solve that fails numerically returns and says so rather than throws.</returns>
    /// <exception cref="ArgumentException">A size differs, or B is not symmetric.</exception>
    public SolveReport Solve(
        LinearOperator<T> system,
        Tensor<T> b,
        Tensor<T> x,
        Preconditioner<T>? preconditioner = null,
        MinresQlpOptions? options = null,
        SolveCallback? callback = null,
        CancellationToken cancellation = default)
    {
        var began = Stopwatch.GetTimestamp();
        Guard.Equal(system.Size, Size, "minres-qlp: the operator");
        Guard.Equal(b.Count, Size, "minres-qlp: the right-hand side");
        Guard.Equal(x.Count, Size, "minres-qlp: the solution");
        if (!system.IsSymmetric) throw new ArgumentException("minres-qlp expects a symmetric operator", nameof(system));
        options ??= Defaults;
        var settings = options.Resolve<T>(Size);
        var watch = new Watch(began, options.TimeLimit ?? TimeSpan.MaxValue, callback, cancellation);
        Begin(b, settings, preconditioner ?? Preconditioner<T>.None);
        var exit = Iterate(system, preconditioner ?? Preconditioner<T>.None, watch, out var scalars);
        return Finish(system, b, x, options.Verify, exit, scalars, began);
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose()
    {
        _state.Dispose();
        foreach (var vector in _lanczos) vector.Storage.Dispose();
        _wl.Storage.Dispose();
        _w.Storage.Dispose();
        _x2.Storage.Dispose();
        if (!_extra.IsAbsent) _extra.Storage.Dispose();
    }

    private void Begin(Tensor<T> b, in MinresQlpSettings settings, Preconditioner<T> preconditioner)
    {
        var kernels = _device.MinresQlp;
        _device.Vectors.Fill(_wl, T.Zero);
        _device.Vectors.Fill(_w, T.Zero);
        _device.Vectors.Fill(_x2, T.Zero);
        if (preconditioner is GeneralPreconditioner<T> general)
        {
            if (_extra.IsAbsent) _extra = _device.Zeros(Size);
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

    /// <summary>
    /// The Lanczos loop. Three vectors rotate: r_k-1, r_k and the product p, which becomes r_k+1. With diagonal M they
    /// are z = M^-1 r themselves; otherwise z_k has a fourth, and z_k+1 takes the place of r_k-1.
    /// </summary>
    private SolveExit Iterate(
        LinearOperator<T> system, Preconditioner<T> preconditioner, in Watch watch, out MinresQlpScalars scalars)
    {
        var kernels = _device.MinresQlp;
        var general = preconditioner as GeneralPreconditioner<T>;
        var weights = (preconditioner as DiagonalPreconditioner<T>)?.Weights ?? DiagonalWeights<T>.Identity;
        var interval = watch.EveryIteration ? 1 : kernels.PollInterval;
        var (previous, current, p) = (_lanczos[0], _lanczos[1], _lanczos[2]);
        var z = general is null ? current : _extra;
        for (var issued = 0; ; issued++)
        {
            if (issued % interval == 0)
            {
                kernels.Poll(_state, out scalars);
                var exit = watch.Look(scalars);
                if (exit != SolveExit.None) return exit;
            }
            system.Apply(z, p);
            kernels.LanczosProduct(_state, weights, z, previous, p);
            kernels.LanczosNormalise(_state, weights, current, p);
            var next = p;
            if (general is not null)
            {
                next = previous;
                general.Solve(p, next);
                kernels.PreconditionedNorm(_state, p, next);
            }
            kernels.Advance(_state);
            kernels.UpdateDirections(_state, z, _wl, _w, _x2);
            var free = general is null ? previous : z;
            (previous, current, p, z) = (current, p, free, next);
        }
    }

    private SolveReport Finish(
        LinearOperator<T> system,
        Tensor<T> b,
        Tensor<T> x,
        bool verify,
        SolveExit exit,
        in MinresQlpScalars scalars,
        long began)
    {
        var norms = (Residual: (double?)null, Normal: (double?)null);
        verify &= exit != SolveExit.NotFinite;
        if (verify && Overlap(b, x))
        {
            _device.Vectors.Copy(b, _lanczos[2]);
            b = _lanczos[2];
        }
        _device.MinresQlp.FormSolution(_state, _x2, _wl, _w, x);
        if (verify) norms = TrueNorms(system, b, x);
        if (norms.Residual is { } residual && !double.IsFinite(residual)) exit = SolveExit.NotFinite;
        var scale = scalars.Scale;
        return new SolveReport
        {
            Exit = exit,
            Iterations = scalars.Iteration,
            Precision = _device.Precision,
            ResidualNorm = scale * scalars.ResidualNorm,
            NormalResidualNorm = scale * scalars.NormalResidualNorm,
            SolutionNorm = scale * scalars.SolutionNorm,
            OperatorNorm = scalars.OperatorNorm,
            Condition = scalars.Condition,
            BackwardError = scalars.BackwardError,
            RightHandSideNorm = scale * scalars.Beta1,
            TrueResidualNorm = norms.Residual,
            TrueNormalResidualNorm = norms.Normal,
            RelativeTolerance = scalars.RelativeTolerance,
            LeastSquaresTolerance = scalars.LeastSquaresTolerance,
            Elapsed = Stopwatch.GetElapsedTime(began),
        };
    }

    private (double? Residual, double? Normal) TrueNorms(LinearOperator<T> system, Tensor<T> b, Tensor<T> x)
    {
        var (product, residual) = (_lanczos[0], _lanczos[1]);
        system.Apply(x, product);
        _device.Vectors.Combine(1, b, -1, product, residual);
        system.Apply(residual, product);
        return (_device.Vectors.Norm(residual), _device.Vectors.Norm(product));
    }

    private static bool Overlap(Tensor<T> a, Tensor<T> b)
        => ReferenceEquals(a.Storage, b.Storage) && a.Offset < b.Offset + b.Count && b.Offset < a.Offset + a.Count;

    /// <summary>What the host looks at between iterations.</summary>
    private readonly struct Watch(long began, TimeSpan limit, SolveCallback? callback, CancellationToken cancellation)
    {
        public bool EveryIteration => callback is not null;

        /// <summary>Why to stop now, or None.</summary>
        public SolveExit Look(in MinresQlpScalars s)
        {
            var goOn = callback is null || s.Iteration == 0 || s.Exit == SolveExit.NotFinite || callback(Progress(s));
            if (s.Stop != 0) return s.Exit;
            if (!goOn || cancellation.IsCancellationRequested) return SolveExit.Stopped;
            return limit != TimeSpan.MaxValue && Stopwatch.GetElapsedTime(began) >= limit ? SolveExit.TimeLimit : SolveExit.None;
        }

        private static SolveProgress Progress(in MinresQlpScalars s) => new(
            s.Iteration,
            s.Scale * s.ResidualNorm,
            s.Scale * s.NormalResidualNorm,
            s.Scale * s.SolutionNorm,
            s.BackwardError,
            s.OperatorNorm,
            s.Condition);
    }
}
