using System.Globalization;
using PoseEngine.Kernels;

namespace PoseEngine.Tests.Cuda;

/// <summary>A row of the table of budgets in <c>kernels/README.md</c>.</summary>
/// <param name="Name">An operator or a method, with its solver behind it where there are several.</param>
/// <param name="Most">What it may ask of the device.</param>
/// <param name="Floor">Megabytes of memory traffic and microseconds on an H200 as the table writes them; empty where it has none.</param>
internal sealed record BudgetRow(string Name, DeviceCounters Most, string Floor);

/// <summary>
/// The budgets: the table in <c>kernels/README.md</c>, from which tests take the bounds, so that a change that needs fewer lowers
/// them there.
/// </summary>
internal static class BudgetTable
{
    /// <summary>Iterations of a Krylov solver in the row behind that of its method: as many as a recorded cycle has.</summary>
    public const int CycleIterations = 3;

    private const int Columns = 10;

    /// <summary>The row of a method's Krylov iterations.</summary>
    public static string Cycle(string method) => $"{CycleIterations} iterations of {method}";

    /// <summary>All rows by their names.</summary>
    /// <exception cref="FormatException">A number is none.</exception>
    public static IReadOnlyDictionary<string, BudgetRow> Read()
    {
        if (Repository.Folder is not { } root)
        {
            Assert.Ignore("the kernels' sources are not here");
            return new Dictionary<string, BudgetRow>();
        }
        return File.ReadLines(Path.Combine(root, "kernels", "README.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^0])
            .Where(cells => cells.Length == Columns + 1 && int.TryParse(cells[1], CultureInfo.InvariantCulture, out _))
            .Select(Row)
            .ToDictionary(row => row.Name);
    }

    private static BudgetRow Row(string[] cells)
    {
        var n = cells[1..7].Select(cell => long.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
        return new BudgetRow(cells[0], new DeviceCounters(n[0], n[1], n[2], n[3], n[4], n[5]), $"{cells[7]} | {cells[8]}");
    }
}
