namespace PoseEngine.Kkt;

/// <summary>How a KKT system of Eq. 5 is solved; the answer is the same.</summary>
public enum KktSolver
{
    /// <summary>By the Gram matrix up to <see cref="KktSolvers.MostGramRows"/> constraint rows, else by MINRES-QLP.</summary>
    Auto,

    /// <summary>By the Gram matrix of the constraint rows, see <see cref="GramSolver{T}"/>.</summary>
    Gram,

    /// <summary>By MINRES-QLP on the whole system.</summary>
    MinresQlp,
}

/// <summary>The choice between the solvers.</summary>
public static class KktSolvers
{
    /// <summary>Rows up to which the dense factorisation is cheap beside the backward passes.</summary>
    public const int MostGramRows = 1024;

    /// <summary>Whether a system of so many constraint rows is solved by its Gram matrix.</summary>
    public static bool UsesGram(this KktSolver solver, int rows)
        => solver == KktSolver.Gram || (solver == KktSolver.Auto && rows <= MostGramRows);
}
