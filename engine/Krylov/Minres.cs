using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// MINRES for symmetric B, indefinite and singular or not: the residual is the least in the Krylov space. Where no
/// solution exists it gives a least-squares solution, but not the shortest: that takes the right reflections of
/// <see cref="MinresQlp{T}"/>.
/// </summary>
/// <remarks>
/// C. C. Paige, M. A. Saunders, "Solution of sparse indefinite systems of linear equations", SIAM J. Numer. Anal. 12(4),
/// 1975.
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="device">Where the vectors are.</param>
/// <param name="size">The number of unknowns.</param>
public sealed class Minres<T>(ComputeDevice<T> device, int size) : HostKrylovSolver<T>(device, size, 5)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Name => "minres";

    /// <inheritdoc/>
    public override string Title => "MINRES";

    /// <inheritdoc/>
    public override KrylovRequirements Requirements { get; } = new(true, true, false, false);

    private protected override SolveExit Iterate(
        LinearOperator<T> system, Tensor<T> b, Tensor<T> x, SolveCourse course)
    {
        var phi = course.RightHandSideNorm;
        var lanczos = new LanczosProcess<T>(Vectors, b, phi, Work(0), Work(1), Work(2));
        var (w, wBefore) = (Work(3), Work(4));
        Vectors.Fill(w, T.Zero);
        Vectors.Fill(wBefore, T.Zero);
        var (cs, sn, dbar, epsilon) = (-1.0, 0.0, 0.0, 0.0);
        for (var k = 1; ; k++)
        {
            if (!lanczos.Step(system, course)) return course.Break(SolveExit.NotFinite);
            var (alpha, beta) = (lanczos.Alpha, lanczos.Beta);

            // Column k of the QR factors of the Lanczos matrix.
            var delta = (cs * dbar) + (sn * alpha);
            var pivot = (sn * dbar) - (cs * alpha);
            var epsilonNext = sn * beta;
            dbar = -cs * beta;
            var root = double.Hypot(pivot, dbar);
            course.NormalResidual = phi * root;
            var gamma = double.Hypot(pivot, beta);

            // Before x takes the component that only length would come from: the residual so far has nothing left in the
            // range of B, or this component cannot be told from the null space.
            var isLeast = phi > course.AcceptedResidual && root <= course.Settings.LeastSquaresTolerance * course.OperatorNorm;
            if (isLeast || gamma <= course.Settings.Rounding * course.OperatorNorm)
            {
                return course.Break(k == 1 ? SolveExit.ZeroSolution : SolveExit.LeastSquaresOfSomeLength);
            }

            (cs, sn) = (pivot / gamma, beta / gamma);
            course.SeeSingularValue(gamma);
            Vectors.Combine(-epsilon, wBefore, -delta, w, wBefore);
            Vectors.Axpy(1, lanczos.Current, wBefore);
            Vectors.Scale(1 / gamma, wBefore, wBefore);
            (w, wBefore) = (wBefore, w);
            Vectors.Axpy(cs * phi, w, x);
            phi *= sn;
            epsilon = epsilonNext;
            var exit = course.Next(phi, Vectors.Norm(x));
            if (exit != SolveExit.None) return exit;
            lanczos.Rotate();
        }
    }
}
