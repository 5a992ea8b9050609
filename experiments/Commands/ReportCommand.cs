using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine report</c>: builds figures and page anew from a run's files.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("run") { Description = "The --out folder of a run or a sweep, finished or not" };
        return Options.Build(
            "report",
            """
            Builds the figures and report.html of a run or a sweep anew from its files, also while it is running.

            Examples:
              poseengine report runs/pose-quick
              poseengine report runs/sweep-fig2-quick
            """,
            parsed =>
            {
                var path = parsed.GetValue(folder)!;
                var report = SweepDirectory.Holds(path) ? SweepReport.Build(SweepDirectory.Open(path)) : ReportBuilder.Build(path);
                Console.WriteLine($"report: {report}");
                return CommandLine.Done;
            },
            folder);
    }
}
