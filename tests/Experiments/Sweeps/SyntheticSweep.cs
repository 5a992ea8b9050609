using System.Text.Json.Nodes;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Sweeps;

/// <summary>Cells that nobody trained, in memory or as a folder.</summary>
internal static class SyntheticSweep
{
    public const double MeanPose = 140;

    public static MethodSettings Soft(double lambda) => PoseProblem.Settings("soft-adam").With(Setting.Lambda, new PerConstraintSetting.Weights([lambda]));

    /// <summary>A plan of some cells: configuration label, settings, seed.</summary>
    public static SweepPlan Plan(IEnumerable<(string Label, MethodSettings Settings, long Seed)> cells) => new(
        "made-up", "smoke", "poseengine sweep <fig2>", "0.1.0", "float32", DateTimeOffset.UnixEpoch, new JsonObject { ["batch"] = 8 },
        [
            .. cells.Select(c => new PlannedCell(
                SweepCell.NameOf(c.Label, c.Seed), c.Label, c.Settings.Method.Name, c.Seed, 20, 10, c.Settings.ToDictionary())),
        ]);

    /// <summary>A finished cell with the evaluations at iteration 10 and 20.</summary>
    public static CellResult Done(PlannedCell cell, (double Error, double Median) half, (double Error, double Median) end, double seconds = 0.5, double trainMax = 40)
    {
        var name = cell.Configuration;
        var model = Model(cell, end, seconds);
        return new(
            cell, CellState.Done, [Line(name, 10, half), Line(name, 20, end)],
            new RunSummary("sweep", "smoke", cell.Seed, "cpu", "float32", "0.1.0", new DataSummary("walker", 80, 20, MeanPose), [model], 3), Constraints(end, trainMax), []);
    }

    public static MetricLine Line(string name, int iteration, (double Error, double Median) at) => new(
        name, name.Split(' ')[0], iteration, iteration * .5, .1, null, null, .01)
    {
        Metrics = Figures.Of(at.Error, at.Median),
    };

    public static CellConstraints Constraints((double Error, double Median) end, double trainMax)
    {
        ConstraintStatistics At(double max) => new(80, end.Error, end.Median, 4 * end.Median, max, Figures.Six(end.Median), Figures.Six(4 * end.Median), Figures.Six(max));
        return new(At(trainMax), At(2 * trainMax));
    }

    public static ModelSummary Model(PlannedCell cell, (double Error, double Median) end, double seconds) => new(
        cell.Configuration, cell.Method, cell.Settings, 20, seconds,
        cell.Method == "hard-adam" ? 150 : null, "models/x.safetensors", [.. Enumerable.Range(0, 51).Select(t => new SharePoint(t, 1 - Math.Exp(-.7 * t / end.Median)))])
    {
        Metrics = Figures.Of(end.Error, end.Median),
    };

    /// <summary>Writes a cell as training does.</summary>
    public static RunDirectory Write(SweepDirectory sweep, CellResult result)
    {
        var cell = result.Cell;
        var config = new RunConfig("sweep", "", "smoke", cell.Seed, "cpu", "float32", "0.1.0", DateTimeOffset.UnixEpoch, new JsonObject());
        var run = RunDirectory.Create(sweep.FolderOf(cell), config);
        foreach (var line in result.Lines) run.AppendMetrics(line);
        result.Constraints?.Write(run.Path);
        if (result.Summary is not null) run.WriteSummary(result.Summary);
        return run;
    }
}
