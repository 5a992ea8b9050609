namespace PoseEngine.Experiments.Reports;

/// <summary>Hands the progress of a phase to an observer at once; the framework's own type would do so later, on another thread.</summary>
/// <param name="name">What is being done.</param>
/// <param name="observer">Who watches.</param>
internal sealed class PhaseReporter(string name, IRunObserver observer) : IProgress<(long Done, long Total)>
{
    public void Report((long Done, long Total) value) => observer.PhaseProgress(name, value.Done, value.Total);
}

/// <summary>Progress of phases for those who know no observers.</summary>
internal static class Phases
{
    public static IProgress<(long Done, long Total)> Phase(this IRunObserver observer, string name) => new PhaseReporter(name, observer);
}
