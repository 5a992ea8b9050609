namespace PoseEngine.Experiments.Sweeps;

/// <summary>One failed attempt at a cell.</summary>
/// <param name="Kind">"diverged", "failed" with an error, or "lost" with its process.</param>
/// <param name="When">When it was noticed.</param>
/// <param name="Progress">Evaluations that the cell had behind it.</param>
public sealed record CellFailure(string Kind, string Reason, DateTime When, string Device, int Progress)
{
    /// <summary>Training met a NaN or an infinity.</summary>
    public const string Diverged = "diverged";

    /// <summary>An exception ended it.</summary>
    public const string Failed = "failed";

    /// <summary>The process that trained it ended without a word.</summary>
    public const string Lost = "lost";
}

/// <summary>failures.json of a cell: what went wrong so far. A cell that fails twice is broken.</summary>
public static class CellFailures
{
    /// <summary>Attempts at a cell: one, and one retry.</summary>
    public const int MostAttempts = 2;

    /// <summary>Processes that may die over a cell without getting further: a user who ends them is no fault of the cell, a cell that takes
    /// more memory than there is ends every process that meets it.</summary>
    public const int MostLosses = 4;

    private const string FileName = "failures.json";

    /// <summary>The failures of a cell's folder, oldest first.</summary>
    public static IReadOnlyList<CellFailure> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? RunJson.Read<List<CellFailure>>(path) : [];
    }

    /// <summary>Notes one more; by the holder of the cell's lock.</summary>
    public static void Add(string folder, CellFailure failure) => RunJson.Write(Path.Combine(folder, FileName), Read(folder).Append(failure));

    /// <summary>Forgets them, so that the cell is tried again.</summary>
    public static void Forget(string folder) => File.Delete(Path.Combine(folder, FileName));

    /// <summary>Whether a cell with these failures is given up.</summary>
    public static bool AreFinal(IReadOnlyList<CellFailure> failures)
    {
        if (failures.Count(failure => failure.Kind != CellFailure.Lost) >= MostAttempts) return true;
        var losses = failures.Where(failure => failure.Kind == CellFailure.Lost).ToList();
        return losses.Count >= MostLosses && losses.TakeLast(MostLosses).Select(loss => loss.Progress).Distinct().Count() == 1;
    }
}
