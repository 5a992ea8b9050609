namespace PoseEngine.Experiments.Krylov;

/// <summary>A system B x = b on a device, ready to be solved.</summary>
/// <param name="Expected">The shortest least-squares solution, absent where it is not known.</param>
/// <param name="MaxIterations">Iterations at the most.</param>
/// <param name="Restart">Vectors of a basis of GMRES.</param>
/// <param name="Preconditioner">M for MINRES-QLP once more with it, or null.</param>
/// <param name="Note">More about it, such as the rank.</param>
/// <param name="StepCount">How many of the first unknowns are dw, 0 where none are.</param>
internal sealed record KrylovProblem<T>(
    string Name, KrylovClass Kind, LinearOperator<T> System, Tensor<T> RightHandSide, Tensor<T> Expected, int MaxIterations,
    int Restart, Preconditioner<T>? Preconditioner = null, string Note = "", int StepCount = 0)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Iterations at the most on a matrix, in multiples of its size: rounding takes finite termination away.</summary>
    public const int IterationsOfSize = 10;

    /// <summary>A matrix on a device; there may be no expected solution.</summary>
    public static KrylovProblem<T> Of(
        ComputeDevice<T> device, string name, KrylovClass kind, SparseMatrix matrix, double[] b, double[]? expected, int maxIterations, int restart, string note = "")
    {
        Tensor<T> On(double[] values) => device.From(Array.ConvertAll(values, T.CreateTruncating));
        return new(name, kind, new SparseOperator<T>(matrix), On(b), expected is null ? default : On(expected), maxIterations, restart, Note: note);
    }
}
