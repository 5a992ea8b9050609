namespace PoseEngine.Experiments.Krylov;

/// <summary>Table 1 twice, and the measurements behind its second printing.</summary>
internal static class KrylovText
{
    private const int TitleWidth = 14, ColumnWidth = 15;

    private static readonly Column[] Properties = ["Squared", "Symmetric", "Pos-definite", "Full rank"];

    /// <summary>The solvers' rows of Table 1 of the paper: what each requires.</summary>
    public static ReportTable Requirements(IReadOnlyList<string> solvers)
        => ReportTable.Of([Column.Text("method"), .. Properties], solvers.Select(solver => (string[])[TitleOf(solver), .. RequirementCells(solver)]));

    /// <summary>The same columns as seen: of the systems without the property, how many were solved right.</summary>
    public static ReportTable Seen(IReadOnlyList<string> solvers, IReadOnlyList<KrylovSystemResult> systems) => ReportTable.Of(
        [Column.Text("method"), .. Properties, "contradictory", "dw of those"],
        WithPreconditioned(solvers, systems).Select(solver => (string[])[TitleOf(solver), .. SeenCells(solver, systems)]));

    /// <summary>What the console says below the table as seen.</summary>
    public const string SeenHint = "A full rank is lacking in singular but solvable systems; contradictory ones have no solution, and right is the shortest\nleast-squares one. On the network's systems, dw is the part that training takes; the null\nspace holds multipliers alone. M = diag(eta I, s I), there too.\n";

    /// <summary>A table for the console under its title.</summary>
    public static string Lines(string title, ReportTable table)
        => $"{title}\n{string.Concat(table.Lines(TitleWidth, ColumnWidth, "  ").Select(line => line + "\n"))}";

    /// <summary>The solvers, and MINRES-QLP with M where some systems had one.</summary>
    private static IEnumerable<string> WithPreconditioned(IReadOnlyList<string> solvers, IReadOnlyList<KrylovSystemResult> systems)
        => systems.Any(s => s.Results.Any(r => r.Solver == KrylovResult.Preconditioned)) ? [.. solvers, KrylovResult.Preconditioned] : solvers;

    /// <summary>"Yes", "No" or "N/A" in the order of the columns.</summary>
    private static string[] RequirementCells(string solver)
    {
        var needs = RequirementsOf(solver);
        return [Cell(needs.Squared), Cell(needs.Symmetric), Cell(needs.PositiveDefinite), Cell(needs.FullRank)];
    }

    /// <summary>"2 of 3", in the order of the columns of <see cref="Seen"/>.</summary>
    private static string[] SeenCells(string solver, IReadOnlyList<KrylovSystemResult> systems)
    {
        KrylovProperty[] properties = [KrylovProperty.Symmetric, KrylovProperty.Definite, KrylovProperty.FullRank, KrylovProperty.Solvable];
        return
        [
            Num.Missing, .. properties.Select(property => Share(solver, systems.Where(s => s.Kind.Lacks == property), r => r.IsRight)),
            Share(solver, systems.Where(s => s.Kind.Lacks == KrylovProperty.Solvable), r => r.IsStepRight),
        ];
    }

    /// <summary>A system's measurements, one line for each solver.</summary>
    public static string System(KrylovSystemResult system)
    {
        var text = new StringBuilder();
        var note = system.Note.Length == 0 ? "" : $", {system.Note}";
        text.Append(CultureInfo.InvariantCulture, $"{system.Name} ({system.Kind.Title}), {system.Size:N0} unknowns{note}\n");
        foreach (var result in system.Results)
        {
            var mark = result.IsRight switch { true => "right", false => "-", null => "" };
            var time = result.Seconds < 1 ? $"{1000 * result.Seconds:0.0} ms" : $"{result.Seconds:0.00} s";
            var iterations = result.Exit == KrylovResult.Refused ? Num.Missing : $"{result.Iterations}";
            text.Append(CultureInfo.InvariantCulture, $"  {TitleOf(result.Solver),-TitleWidth}{iterations,6}  {Num.Scientific(result.RelativeResidual),8}  {Num.Scientific(result.Error),8}  {Num.Scientific(result.StepError),8}  {mark,-6}{time,10}  {result.Exit}\n");
        }
        return text.ToString();
    }

    /// <summary>The head of <see cref="System"/>'s columns.</summary>
    public static string SystemHead => $"{"",-TitleWidth}    iter.  residual     error     of dw             time  exit\n";

    /// <summary>How people write a solver's name.</summary>
    public static string TitleOf(string solver)
        => solver == KrylovResult.Preconditioned ? "MINRES-QLP, M" : Describe(solver, s => s.Title);

    private static KrylovRequirements RequirementsOf(string solver) => Describe(solver, s => s.Requirements);

    private static TResult Describe<TResult>(string solver, Func<KrylovSolver<double>, TResult> what)
    {
        using var device = new CpuDevice<double>(1);
        using var smallest = KrylovSolvers.Create(solver, device, 1);
        return what(smallest);
    }

    private static string Share(string solver, IEnumerable<KrylovSystemResult> systems, Func<KrylovResult, bool?> isRight)
    {
        var results = systems.Select(s => s.Results.FirstOrDefault(r => r.Solver == solver)).OfType<KrylovResult>();
        var marks = results.Select(isRight).OfType<bool>().ToList();
        return marks.Count == 0 ? Num.Missing : $"{marks.Count(right => right)} of {marks.Count}";
    }

    private static string Cell(bool? needs) => needs switch { true => "Yes", false => "No", null => "N/A" };
}
