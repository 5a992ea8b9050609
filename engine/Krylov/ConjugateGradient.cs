using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// The conjugate gradient method for symmetric positive definite B. Nothing holds it on an indefinite matrix: it may
/// converge, break down or diverge, and says which.
/// </summary>
/// <remarks>
/// M. R. Hestenes, E. Stiefel, "Methods of conjugate gradients for solving linear systems", J. Research NBS 49(6), 1952.
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="device">Where the vectors are.</param>
/// <param name="size">The number of unknowns.</param>
public sealed class ConjugateGradient<T>(ComputeDevice<T> device, int size) : HostKrylovSolver<T>(device, size, 3)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Name => "cg";

    /// <inheritdoc/>
    public override string Title => "CG";

    /// <inheritdoc/>
    public override KrylovRequirements Requirements { get; } = new(true, true, true, true);

    private protected override SolveExit Iterate(
        LinearOperator<T> system, Tensor<T> b, Tensor<T> x, SolveCourse course)
    {
        var (r, p, q) = (Work(0), Work(1), Work(2));
        Vectors.Copy(b, r);
        Vectors.Copy(b, p);
        var rho = Vectors.Dot(r, r);
        while (true)
        {
            system.Apply(p, q);
            var curvature = Vectors.Dot(p, q);
            var (pNorm, qNorm) = (Vectors.Norm(p), Vectors.Norm(q));
            var step = rho / curvature;
            if (!double.IsFinite(curvature) || !double.IsFinite(qNorm)) return course.Break(SolveExit.NotFinite);
            course.SeeNorm(qNorm / pNorm);

            // A negative p^T B p is passed over, as the method has nothing to say about it; zero leaves no step to take.
            if (Math.Abs(curvature) <= course.Settings.Epsilon * pNorm * qNorm) return course.Break(SolveExit.CurvatureBreakdown);
            Vectors.Axpy(step, p, x);
            Vectors.Axpy(-step, q, r);
            var next = Vectors.Dot(r, r);
            var exit = course.Next(Math.Sqrt(next), Vectors.Norm(x));
            if (exit != SolveExit.None) return exit;
            Vectors.Combine(1, r, next / rho, p, p);
            rho = next;
        }
    }
}
