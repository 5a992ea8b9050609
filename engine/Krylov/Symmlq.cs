using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// SYMMLQ for symmetric B, indefinite or not, of full rank: the LQ factors of the Lanczos matrix give iterates of minimum
/// error in the Krylov space of B b, and from them the points of CG where these exist.
/// </summary>
/// <remarks>
/// C. C. Paige, M. A. Saunders, "Solution of sparse indefinite systems of linear equations", SIAM J. Numer. Anal. 12(4),
/// 1975. A pivot of zero is no obstacle: it only means that there is no CG point in that iteration.
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="device">Where the vectors are.</param>
/// <param name="size">The number of unknowns.</param>
public sealed class Symmlq<T>(ComputeDevice<T> device, int size) : HostKrylovSolver<T>(device, size, 4)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Name => "symmlq";

    /// <inheritdoc/>
    public override string Title => "SYMMLQ";

    /// <inheritdoc/>
    public override KrylovRequirements Requirements { get; } = new(true, true, false, true);

    private protected override SolveExit Iterate(
        LinearOperator<T> system, Tensor<T> b, Tensor<T> x, SolveCourse course)
    {
        var norm = course.RightHandSideNorm;
        var lanczos = new LanczosProcess<T>(Vectors, b, norm, Work(0), Work(1), Work(2));
        var w = Work(3);
        Vectors.Copy(lanczos.Current, w);
        var (cs, sn, dbar, epsilon) = (-1.0, 0.0, 0.0, 0.0);
        var (zeta, zetaBefore, sines, length) = (0.0, 0.0, 1.0, 0.0);
        for (var k = 1; ; k++)
        {
            if (!lanczos.Step(system, course)) return course.Break(SolveExit.NotFinite);
            var (alpha, beta) = (lanczos.Alpha, lanczos.Beta);

            // Row k of the LQ factor: epsilon, delta, and the pivot before its own rotation.
            var delta = (cs * dbar) + (sn * alpha);
            var pivot = (sn * dbar) - (cs * alpha);
            var epsilonNext = sn * beta;
            dbar = -cs * beta;
            var target = k == 1 ? norm : -((delta * zeta) + (epsilon * zetaBefore));

            // ||r|| of the LQ point so far, and of the CG point one pivot further.
            var residual = k == 1 ? norm : double.Hypot(target, epsilonNext * zeta);
            var isSingular = Math.Abs(pivot) <= course.Settings.Rounding * course.OperatorNorm;
            var residualOfPoint = isSingular ? double.PositiveInfinity : Math.Abs(norm * sines * beta / pivot);
            var exit = course.Next(Math.Min(residual, residualOfPoint), length);
            if (exit == SolveExit.None && beta == 0) exit = k == 1 ? SolveExit.ZeroSolution : SolveExit.SingularBreakdown;
            if (exit != SolveExit.None)
            {
                if (residualOfPoint <= residual) Vectors.Axpy(target / pivot, w, x);
                return exit;
            }

            var gamma = double.Hypot(pivot, beta);
            (cs, sn) = (pivot / gamma, beta / gamma);
            course.SeeSingularValue(gamma);
            (zetaBefore, zeta, epsilon) = (zeta, target / gamma, epsilonNext);
            length = double.Hypot(length, zeta);
            Vectors.Axpy(zeta * cs, w, x);
            Vectors.Axpy(zeta * sn, lanczos.Next, x);
            Vectors.Combine(sn, w, -cs, lanczos.Next, w);
            sines *= sn;
            lanczos.Rotate();
        }
    }
}
