namespace PoseEngine.Experiments.Sweeps;

/// <summary>Whether a sweep that has ended came to something. Divergence is an outcome of training, errors and lost processes are not.</summary>
internal static class SweepOutcome
{
    /// <summary>More names than these are on the page.</summary>
    private const int MostNames = 10;

    /// <summary>One line that names the cells that were given up without a result, or null where nothing is to complain about.</summary>
    public static string? Complaint(SweepResults sweep)
    {
        var failed = sweep.Cells.Where(HasFailed).ToList();
        var nothing = !sweep.Cells.Any(cell => IsConstrained(cell) && cell.State == CellState.Done);
        if (failed.Count == 0 && !nothing) return null;
        List<string> parts = [];
        if (nothing) parts.Add("no constrained cell is done");
        if (failed.Count > 0) parts.Add($"given up for errors: {Names(failed)}");
        var diverged = sweep.Cells.Where(cell => cell.State == CellState.Broken && !HasFailed(cell)).ToList();
        if (nothing && diverged.Count > 0) parts.Add($"diverged: {Names(diverged)}");
        return $"{string.Join("; ", parts)}; the report states the reasons, --retry tries broken cells again";
    }

    /// <summary>What ended the last attempt decides.</summary>
    private static bool HasFailed(CellResult cell)
        => cell.State == CellState.Broken && cell.Failures is [.., { Kind: CellFailure.Failed or CellFailure.Lost }];

    private static bool IsConstrained(CellResult cell) => MethodClasses.Of(cell.Cell.Method) != MethodClass.Unconstrained;

    private static string Names(IReadOnlyList<CellResult> cells)
        => string.Join(", ", cells.Take(MostNames).Select(cell => cell.Cell.Name)) + (cells.Count > MostNames ? $" and {cells.Count - MostNames} more" : "");
}
