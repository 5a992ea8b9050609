using PoseEngine.Experiments.Krylov;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine krylov</c>: the solvers of Table 1 side by side.</summary>
internal static class KrylovCommand
{
    private static readonly Option<string> Preset = Options.Of("--preset", "Sizes: smoke (half a minute), quick (minutes on 2 cores) or paper (for a GPU)", "quick");
    private static readonly Option<string?> Solver = new("--solver") { Description = $"Solvers, separated by commas: {string.Join(", ", KrylovSolvers.Names)} [default: all]" };

    private static readonly Option<string?> Matrix = new("--matrix-market") { Description = "Solve the symmetric system of this Matrix Market file instead" };
    private static readonly Option<string?> RightHandSide = new("--rhs") { Description = "Its right-hand side, a Matrix Market file of one column [default: ones]" };

    private static readonly Option<double?> Tolerance = Options.NumberOrNone(
        "--tolerance", "End a solve at ||r|| / ||b|| of this [default: 1e-5 in float32, 1e-10 in float64]", tolerance => tolerance is > 0 and < 1, "between 0 and 1");

    private static readonly Option<long> Seed = Options.Seed("Seed of weights and walkers");
    private static readonly Option<string?> Out = Options.Out();
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace the results that --out holds" };
    private static readonly Option<string?> Cache = Options.Cache();

    public static Command Create()
    {
        var device = new DeviceOptions();
        var command = new Command(
            "krylov",
            """
            Runs the Krylov solvers of Table 1 (CG, SYMMLQ, MINRES, MINRES-QLP, GMRES, BiCG) on matrices that lack one
            property of the table after the other, and on the systems of Eq. 5 of the pose network at points of a short
            training: with independent rows, with the constraints of some samples twice, and with contradictory ones. It
            prints Table 1 as the paper has it and as it was seen, and writes report.html with the curves of convergence.

            --matrix-market solves a system of your own: coordinate or array, real, integer or pattern, symmetric (or general
            and in fact symmetric). Each solver's x is written as a Matrix Market array.

            Examples:
              poseengine krylov --preset smoke
              poseengine krylov --precision float64 --solver cg,minres-qlp --out krylov64
              poseengine krylov --matrix-market bcsstk01.mtx --precision float64
              poseengine krylov --matrix-market kkt.mtx --rhs b.mtx --solver minres-qlp --out solution
            """)
        {
            Preset, Solver, Matrix, RightHandSide, Tolerance, Seed, Out, Overwrite, Cache,
        };
        device.AddTo(command);
        Options.Exclude(command, Matrix, Preset, Seed, Cache);
        Options.Require(command, Matrix, RightHandSide);
        command.SetAction(parsed => device.With(parsed, new KrylovAction(Request(parsed, device))));
        return command;
    }

    private static KrylovRequest Request(ParseResult parsed, DeviceOptions device)
    {
        var plan = KrylovPlan.OfPreset(parsed.GetValue(Preset)!);
        var solvers = Solvers(parsed.GetValue(Solver));
        var matrix = parsed.GetValue(Matrix);
        var own = matrix is null ? null : OwnSystem.Read(matrix, parsed.GetValue(RightHandSide));
        var overwrite = parsed.GetValue(Overwrite);
        var folder = parsed.GetValue(Out) ?? RunOptions.DefaultFolder("krylov", matrix is null ? plan.Preset : Path.GetFileNameWithoutExtension(matrix), overwrite);
        return new KrylovRequest(
            RunOptions.Typed(parsed), plan, solvers, parsed.GetValue(Tolerance), parsed.GetValue(Seed), folder, overwrite, parsed.GetValue(Cache), device.Threads(parsed), own);
    }

    /// <summary>The names of a list in the order of Table 1.</summary>
    private static IReadOnlyList<string> Solvers(string? text)
    {
        if (text is null) return KrylovSolvers.Names;
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        return names.FirstOrDefault(name => !KrylovSolvers.Names.Contains(name)) is { } unknown
            ? throw new UserErrorException($"--solver {text}: there is no solver \"{unknown}\"; choose from {string.Join(", ", KrylovSolvers.Names)}")
            : [.. KrylovSolvers.Names.Where(names.Contains)];
    }
}
