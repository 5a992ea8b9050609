using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// Solves a consistent system, then solves again for what is left: x += B^+ (b - B x). A Krylov residual recurs and
/// drifts from the true one, most of all in float32; the residual here is computed from x itself. Inconsistent systems
/// are left as the first solve left them, because a second one need not keep the minimum length.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class IterativeRefinement<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly KrylovSolver<T> _solver;
    private readonly Tensor<T> _residual;
    private readonly Tensor<T> _correction;

    /// <summary>Refinement of a solver's solutions.</summary>
    public IterativeRefinement(ComputeDevice<T> device, KrylovSolver<T> solver)
    {
        (_device, _solver) = (device, solver);
        _residual = device.Zeros(solver.Size);
        _correction = device.Zeros(solver.Size);
    }

    /// <summary>Solves B x = b and refines as long as the residual shrinks.</summary>
    /// <param name="system">B, symmetric [Size, Size].</param>
    /// <param name="b">The right-hand side [Size]; must not be x.</param>
    /// <param name="x">The solution [Size], overwritten.</param>
    /// <param name="steps">Corrections at the most.</param>
    /// <param name="options">When each solve ends, or null for the defaults.</param>
    /// <param name="cancellation">Looked at between iterations; a stopped correction is not taken.</param>
    /// <returns>The report of the first solve, with the iterations of all and the true residual norm at the end.</returns>
    public SolveReport Solve(
        LinearOperator<T> system, Tensor<T> b, Tensor<T> x, int steps, KrylovOptions? options = null,
        CancellationToken cancellation = default)
    {
        var first = _solver.Solve(system, b, x, options, null, cancellation);
        if (!first.IsConverged || first.IsInconsistent) return first;
        var iterations = first.Iterations;
        var norm = Residual(system, b, x);
        for (var step = 0; step < steps && norm > 0; step++)
        {
            var report = _solver.Solve(system, _residual, _correction, options, null, cancellation);
            iterations += report.Iterations;
            if (report.Exit == SolveExit.Stopped) first = first with { Exit = SolveExit.Stopped };
            if (!report.IsConverged) break;
            _device.Vectors.Axpy(1, _correction, x);
            var refined = Residual(system, b, x);
            if (!(refined < norm))
            {
                _device.Vectors.Axpy(-1, _correction, x);
                break;
            }
            norm = refined;
        }
        return first with { Iterations = iterations, TrueResidualNorm = norm };
    }

    /// <summary>Gives the work space back; the solver is its owner's.</summary>
    public void Dispose()
    {
        _residual.Storage.Dispose();
        _correction.Storage.Dispose();
    }

    /// <summary>Computes b - B x and returns its norm.</summary>
    private double Residual(LinearOperator<T> system, Tensor<T> b, Tensor<T> x)
    {
        system.Apply(x, _residual);
        _device.Vectors.Combine(1, b, -1, _residual, _residual);
        return _device.Vectors.Norm(_residual);
    }
}
