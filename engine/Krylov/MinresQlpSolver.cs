using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// <see cref="MinresQlp{T}"/> as one of the <see cref="KrylovSolver{T}"/>. Its residual never grows, so it knows no
/// divergence limit.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="device">Where the vectors are.</param>
/// <param name="size">The number of unknowns.</param>
public sealed class MinresQlpSolver<T>(ComputeDevice<T> device, int size) : KrylovSolver<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly MinresQlp<T> _solver = new(device, size);

    /// <summary>M, or null for none.</summary>
    public Preconditioner<T>? Preconditioner { get; init; }

    /// <inheritdoc/>
    public override string Name => "minres-qlp";

    /// <inheritdoc/>
    public override string Title => "MINRES-QLP";

    /// <inheritdoc/>
    public override KrylovRequirements Requirements { get; } = new(true, true, false, false);

    /// <inheritdoc/>
    public override int Size => _solver.Size;

    /// <inheritdoc/>
    public override int WorkVectors => Preconditioner is GeneralPreconditioner<T> ? 7 : 6;

    /// <inheritdoc/>
    public override SolveReport Solve(
        LinearOperator<T> system,
        Tensor<T> b,
        Tensor<T> x,
        KrylovOptions? options = null,
        SolveCallback? callback = null,
        CancellationToken cancellation = default)
    {
        options ??= new KrylovOptions();
        var settings = options.Resolve<T>(Size);
        return _solver.Solve(
            system, b, x, Preconditioner,
            new MinresQlpOptions
            {
                RelativeTolerance = options.RelativeTolerance,
                LeastSquaresTolerance = options.LeastSquaresTolerance,
                MaxIterations = settings.MaxIterations,
                TimeLimit = options.TimeLimit,
                Verify = options.Verify,
            },
            callback, cancellation);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _solver.Dispose();
}
