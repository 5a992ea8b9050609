using System.CommandLine;
using PoseEngine.Experiments.Reports;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine report</c>: builds figures and page anew from a run's files.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("run") { Description = "The --out folder of a run, finished or not" };
        var command = new Command(
            "report",
            """
            Builds the figures and report.html of a run anew from its files, also while it is running.

            Example:
              poseengine report runs/pose-quick
            """)
        {
            folder,
        };
        command.SetAction(parsed =>
        {
            Console.WriteLine($"report: {ReportBuilder.Build(parsed.GetValue(folder)!)}");
            return CommandLine.Done;
        });
        return command;
    }
}
