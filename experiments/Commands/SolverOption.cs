using System.CommandLine;
using PoseEngine.Kkt;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>--solver</c>: how hard steps solve their KKT system.</summary>
internal static class SolverOption
{
    public static Option<string> Create() => new("--solver")
    {
        Description = "KKT solver of hard methods: gram, minres-qlp, or auto (gram up to 1024 constraint rows)",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary>The solver that a name stands for.</summary>
    public static KktSolver Parse(string name) => name switch
    {
        "auto" => KktSolver.Auto,
        "gram" => KktSolver.Gram,
        "minres-qlp" => KktSolver.MinresQlp,
        _ => throw new UserErrorException($"--solver {name}: choose auto, gram or minres-qlp"),
    };
}
