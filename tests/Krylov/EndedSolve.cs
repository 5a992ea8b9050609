using PoseEngine.Kernels;
using PoseEngine.Krylov;

namespace PoseEngine.Tests.Krylov;

/// <summary>A long solve that is ended from outside while it runs.</summary>
internal static class EndedSolve
{
    private const double LongestSeconds = 20;

    /// <summary>
    /// Ends a solve by its time limit, or by a token. On a busy machine the moment may come before the first iteration:
    /// then it is tried again with twice the time.
    /// </summary>
    public static void Check(bool byToken, Func<TimeSpan?, CancellationToken, SolveReport> solve)
    {
        SolveReport report;
        var time = TimeSpan.FromMilliseconds(20);
        do
        {
            using var cancellation = new CancellationTokenSource();
            if (byToken) cancellation.CancelAfter(time);
            report = solve(byToken ? null : time, cancellation.Token);
            Assert.That(report.Exit, Is.EqualTo(byToken ? SolveExit.Stopped : SolveExit.TimeLimit), report.Explanation);
            time *= 2;
        }
        while (report.Iterations == 0 && time.TotalSeconds < LongestSeconds);
        Assert.That(report.Iterations, Is.GreaterThan(0));
        Assert.That(report.Elapsed.TotalSeconds, Is.LessThan(LongestSeconds));
    }
}
