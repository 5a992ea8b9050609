namespace PoseEngine.Experiments.Krylov;

/// <summary>A system on a device, ready to be solved.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Name">For tables.</param>
/// <param name="Kind">Its class.</param>
/// <param name="System">B.</param>
/// <param name="RightHandSide">b.</param>
/// <param name="Expected">The shortest least-squares solution, absent where it is not known.</param>
/// <param name="MaxIterations">Iterations at the most.</param>
/// <param name="Restart">Vectors of a basis of GMRES.</param>
/// <param name="Preconditioner">M for MINRES-QLP once more with it, or null.</param>
/// <param name="Note">More about it.</param>
/// <param name="StepCount">How many of the first unknowns are dw, 0 where none are.</param>
internal sealed record KrylovProblem<T>(
    string Name, KrylovClass Kind, LinearOperator<T> System, Tensor<T> RightHandSide, Tensor<T> Expected, int MaxIterations,
    int Restart, Preconditioner<T>? Preconditioner = null, string Note = "",
    int StepCount = 0)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
