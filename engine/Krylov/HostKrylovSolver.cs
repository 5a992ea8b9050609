using System.Diagnostics;
using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// A Krylov solver whose loop and scalars are on the host and whose vectors are touched by <see cref="IVectorKernels{T}"/>
/// alone. This class holds what they share: checks, work vectors, and the true residual at the end.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class HostKrylovSolver<T> : KrylovSolver<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A true residual of so many eps (||B|| ||x|| + ||b||) is rounding.</summary>
    private const double RoundingLevel = 16;

    private readonly Tensor<T>[] _work;
    private Tensor<T> _rightHandSide;

    private protected HostKrylovSolver(ComputeDevice<T> device, int size, int workVectors)
        : base(device, size)
    {
        _work = new Tensor<T>[workVectors];
        for (var i = 0; i < workVectors; i++) _work[i] = device.Zeros(size);
    }

    /// <inheritdoc/>
    public override int WorkVectors => _work.Length + (_rightHandSide.IsAbsent ? 0 : 1);

    /// <summary>Whether the method multiplies by the transpose.</summary>
    private protected virtual bool NeedsTranspose => false;

    private protected IVectorKernels<T> Vectors => Device.Vectors;

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
        if (NeedsTranspose && !system.HasTranspose)
        {
            throw new ArgumentException($"{Name} expects an operator with products of its transpose", nameof(system));
        }
        options ??= Defaults;
        using var watch = new SolveWatch(began, options.TimeLimit ?? TimeSpan.MaxValue, callback, cancellation);
        var course = new SolveCourse(options.Resolve<T>(Size), Vectors.Norm(b), watch);
        if (b.Overlaps(x)) b = CopyOf(b);
        Vectors.Fill(x, T.Zero);
        var exit = course.RightHandSideNorm == 0 ? SolveExit.ZeroSolution
            : !double.IsFinite(course.RightHandSideNorm) ? SolveExit.NotFinite
            : Iterate(system, b, x, course);
        return Finish(system, b, x, course, options.Verify && !watch.IsCancelled, exit, began);
    }

    /// <summary>A work vector by its number.</summary>
    private protected Tensor<T> Work(int index) => _work[index];

    /// <summary>Iterates from x = 0 until a test of the course or of the method ends it.</summary>
    private protected abstract SolveExit Iterate(LinearOperator<T> system, Tensor<T> b, Tensor<T> x, SolveCourse course);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var vector in _work) vector.Storage.Dispose();
        if (!_rightHandSide.IsAbsent) _rightHandSide.Storage.Dispose();
    }

    private SolveReport Finish(
        LinearOperator<T> system, Tensor<T> b, Tensor<T> x, SolveCourse course, bool verify, SolveExit exit, long began)
    {
        var solutionNorm = Vectors.Norm(x);
        if (!double.IsFinite(solutionNorm))
        {
            // An x beyond the number type has lost the iterate before it; x = 0 is the finite one that is left.
            Vectors.Fill(x, T.Zero);
            (solutionNorm, exit) = (0, SolveExit.NotFinite);
            course.Correct(course.RightHandSideNorm);
        }
        var (residual, normal) = (course.Residual, (double?)null);
        double? trueResidual = null;
        if (verify && double.IsFinite(course.RightHandSideNorm))
        {
            trueResidual = TrueResidual(system, b, x);
            normal = TrueNormalResidual(system);
            exit = Verified(exit, trueResidual.Value, solutionNorm, course);
        }
        var scale = (course.OperatorNorm * solutionNorm) + course.RightHandSideNorm;
        return new SolveReport
        {
            Exit = exit,
            Solver = Title,
            Criterion = SolveCriterion.Residual,
            Iterations = course.Iteration,
            Precision = Device.Precision,
            ResidualNorm = residual,
            NormalResidualNorm = course.NormalResidual,
            SolutionNorm = solutionNorm,
            OperatorNorm = course.OperatorNorm,
            Condition = course.Condition,
            BackwardError = scale == 0 ? 0 : residual / scale,
            RightHandSideNorm = course.RightHandSideNorm,
            TrueResidualNorm = trueResidual,
            TrueNormalResidualNorm = normal,
            RelativeTolerance = course.Settings.RelativeTolerance,
            LeastSquaresTolerance = course.Settings.LeastSquaresTolerance,
            Elapsed = Stopwatch.GetElapsedTime(began),
        };
    }

    /// <summary>An exit that claims a solution, checked against b - B x.</summary>
    private static SolveExit Verified(SolveExit exit, double residual, double solutionNorm, SolveCourse course)
    {
        if (exit is not (SolveExit.Solved or SolveExit.SolvedToPrecision)) return exit;
        if (residual <= course.AcceptedResidual) return exit;
        var scale = (course.OperatorNorm * solutionNorm) + course.RightHandSideNorm;
        return residual <= RoundingLevel * course.Settings.Epsilon * scale ? SolveExit.SolvedToPrecision : SolveExit.ResidualGap;
    }

    /// <summary>||b - B x||, which stays in the first work vector.</summary>
    private protected double TrueResidual(LinearOperator<T> system, Tensor<T> b, Tensor<T> x)
    {
        system.Apply(x, _work[0]);
        Vectors.Combine(1, b, -1, _work[0], _work[0]);
        return Vectors.Norm(_work[0]);
    }

    /// <summary>||B^T r|| of the residual in the first work vector, by way of the second; null without a transpose.</summary>
    private protected double? TrueNormalResidual(LinearOperator<T> system)
    {
        if (!system.HasTranspose) return null;
        system.ApplyTranspose(_work[0], _work[1]);
        return Vectors.Norm(_work[1]);
    }

    private Tensor<T> CopyOf(Tensor<T> b)
    {
        if (_rightHandSide.IsAbsent) _rightHandSide = Device.Zeros(Size);
        Vectors.Copy(b, _rightHandSide);
        return _rightHandSide;
    }
}
