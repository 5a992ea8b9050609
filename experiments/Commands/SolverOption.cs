namespace PoseEngine.Experiments.Commands;

/// <summary><c>--solver</c>: how hard steps solve their KKT system.</summary>
internal static class SolverOption
{
    public static Option<string> Create() => new("--solver")
    {
        Description = $"KKT solver of hard methods: gram (factors the Gram matrix of the constraint rows), minres-qlp, minres-qlp-projected (with contradictions taken out by the Gram matrix, and refined), or auto: gram up to {KktSolvers.AutoGramRows} constraint rows, else minres-qlp",
        DefaultValueFactory = _ => MethodSettings.SolverNames[KktSolver.Auto],
    };

    /// <summary>The solver that a name stands for.</summary>
    /// <exception cref="UserErrorException">There is none of that name.</exception>
    public static KktSolver Parse(string name)
    {
        foreach (var (solver, known) in MethodSettings.SolverNames)
        {
            if (known == name) return solver;
        }
        throw new UserErrorException($"--solver {name}: choose one of {string.Join(", ", MethodSettings.SolverNames.Values)}");
    }
}
