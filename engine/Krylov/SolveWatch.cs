using System.Diagnostics;
using PoseEngine.Kernels;

namespace PoseEngine.Krylov;

/// <summary>What the host looks at while a solve runs: the callback, the token and the clock.</summary>
internal sealed class SolveWatch(long began, TimeSpan limit, SolveCallback? callback, CancellationToken cancellation)
    : ISolveWatch, IDisposable
{
    private CancellationTokenSource? _clock;

    /// <summary>Whether somebody wants to see each iteration.</summary>
    public bool WantsEveryIteration => callback is not null;

    /// <summary>Whether whoever called does not wait for more than an answer.</summary>
    public bool IsCancelled => cancellation.IsCancellationRequested;

    public bool WantsToStop => Interruption != SolveExit.None;

    public CancellationToken Token
    {
        get
        {
            if (limit > MostOfATimer) return cancellation;
            _clock ??= CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var left = limit - Stopwatch.GetElapsedTime(began);
            _clock.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            return _clock.Token;
        }
    }

    private static TimeSpan MostOfATimer => TimeSpan.FromMilliseconds(int.MaxValue);

    private SolveExit Interruption
    {
        get
        {
            if (cancellation.IsCancellationRequested) return SolveExit.Stopped;
            var isLate = limit != TimeSpan.MaxValue && Stopwatch.GetElapsedTime(began) >= limit;
            return isLate || _clock is { IsCancellationRequested: true } ? SolveExit.TimeLimit : SolveExit.None;
        }
    }

    /// <summary>Why to stop now, or None.</summary>
    public SolveExit Look(in MinresQlpScalars s)
    {
        var goOn = callback is null || s.Iteration == 0 || s.Exit == SolveExit.NotFinite || callback(Progress(s));
        if (s.Stop != 0) return s.Exit;
        return goOn ? Interruption : SolveExit.Stopped;
    }

    /// <summary>The same for a solver whose scalars are on the host.</summary>
    public SolveExit Look(in SolveProgress progress)
        => callback is null || callback(progress) ? Interruption : SolveExit.Stopped;

    public void Dispose() => _clock?.Dispose();

    private static SolveProgress Progress(in MinresQlpScalars s) => new(
        s.Iteration,
        s.Scale * s.ResidualNorm,
        s.Scale * s.NormalResidualNorm,
        s.Scale * s.SolutionNorm,
        s.BackwardError,
        s.OperatorNorm,
        s.Condition);
}
