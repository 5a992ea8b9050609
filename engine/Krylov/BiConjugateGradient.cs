using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// The biconjugate gradient method: residuals and shadow residuals, biorthogonal, by products with B and B^T. The shadow
/// starts at b, so that on a symmetric B it is CG at twice the cost.
/// </summary>
/// <remarks>
/// R. Fletcher, "Conjugate gradient methods for indefinite systems", Numerical Analysis Dundee 1975, Lecture Notes in
/// Mathematics 506, Springer 1976. Table 1 asks nothing of the shape of B; this form, and Fletcher's, needs a square one.
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="device">Where the vectors are.</param>
/// <param name="size">The number of unknowns.</param>
public sealed class BiConjugateGradient<T>(ComputeDevice<T> device, int size) : HostKrylovSolver<T>(device, size, 6)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Name => "bicg";

    /// <inheritdoc/>
    public override string Title => "BiCG";

    /// <inheritdoc/>
    public override KrylovRequirements Requirements { get; } = new(false, null, null, true);

    private protected override bool NeedsTranspose => true;

    private protected override SolveExit Iterate(
        LinearOperator<T> system, Tensor<T> b, Tensor<T> x, SolveCourse course)
    {
        var (r, p, q) = (Work(0), Work(1), Work(2));
        var (shadow, shadowP, shadowQ) = (Work(3), Work(4), Work(5));
        foreach (var vector in (ReadOnlySpan<Tensor<T>>)[r, p, shadow, shadowP]) Vectors.Copy(b, vector);
        var rho = Vectors.Dot(shadow, r);
        while (true)
        {
            system.Apply(p, q);
            system.ApplyTranspose(shadowP, shadowQ);
            var curvature = Vectors.Dot(shadowP, q);
            var (pNorm, qNorm, shadowNorm) = (Vectors.Norm(p), Vectors.Norm(q), Vectors.Norm(shadowP));
            if (!double.IsFinite(curvature) || !double.IsFinite(qNorm)) return course.Break(SolveExit.NotFinite);
            course.SeeNorm(qNorm / pNorm);
            if (Math.Abs(curvature) <= course.Settings.Epsilon * shadowNorm * qNorm) return course.Break(SolveExit.CurvatureBreakdown);
            var step = rho / curvature;
            Vectors.Axpy(step, p, x);
            Vectors.Axpy(-step, q, r);
            Vectors.Axpy(-step, shadowQ, shadow);
            var residual = Vectors.Norm(r);
            var exit = course.Next(residual, Vectors.Norm(x));
            if (exit != SolveExit.None) return exit;
            var next = Vectors.Dot(shadow, r);
            if (!(Math.Abs(next) > course.Settings.Epsilon * residual * Vectors.Norm(shadow))) return SolveExit.ShadowBreakdown;
            Vectors.Combine(1, r, next / rho, p, p);
            Vectors.Combine(1, shadow, next / rho, shadowP, shadowP);
            rho = next;
        }
    }
}
