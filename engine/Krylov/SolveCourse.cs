using PoseEngine.Kernels;

namespace PoseEngine.Krylov;

/// <summary>The scalars of a solve that every host-driven solver has, and the tests that end it.</summary>
internal sealed class SolveCourse
{
    private const double AcceptedGap = 10;

    private readonly SolveWatch _watch;
    private double _largest;
    private double _smallest = double.PositiveInfinity;

    public SolveCourse(KrylovSettings settings, double rightHandSideNorm, SolveWatch watch)
    {
        (Settings, _watch) = (settings, watch);
        RightHandSideNorm = Residual = rightHandSideNorm;
    }

    public KrylovSettings Settings { get; }

    /// <summary>||b||.</summary>
    public double RightHandSideNorm { get; }

    /// <summary>||r|| that counts as solved.</summary>
    public double Tolerance => Settings.RelativeTolerance * RightHandSideNorm;

    /// <summary>
    /// The true ||r|| that is accepted where the recurred one was within the tolerance. What is above may be the residual
    /// of a contradiction; what is below is on its way to zero, even if B r is small beside it.
    /// </summary>
    public double AcceptedResidual => AcceptedGap * Tolerance;

    public int Iteration { get; private set; }

    /// <summary>Recurred ||r||.</summary>
    public double Residual { get; private set; }

    /// <summary>Recurred ||B r|| of the iterate before, NaN where it is not known.</summary>
    public double NormalResidual { get; set; } = double.NaN;

    /// <summary>Lower bound of ||B||.</summary>
    public double OperatorNorm { get; private set; }

    /// <summary>Lower bound of the condition, NaN where nothing is known.</summary>
    public double Condition => _smallest is > 0 and < double.PositiveInfinity ? _largest / _smallest : double.NaN;

    /// <summary>Raises the bound of ||B||.</summary>
    public void SeeNorm(double norm) => OperatorNorm = Math.Max(OperatorNorm, norm);

    /// <summary>Takes an approximate singular value of B into the condition.</summary>
    public void SeeSingularValue(double value)
    {
        _largest = Math.Max(_largest, value);
        _smallest = Math.Min(_smallest, value);
    }

    /// <summary>Ends an iteration: why to stop now, or None.</summary>
    /// <param name="residual">||r||.</param>
    /// <param name="solution">||x||, NaN where it is not known.</param>
    public SolveExit Next(double residual, double solution)
    {
        Iteration++;
        if (!double.IsFinite(residual) || double.IsInfinity(solution)) return SolveExit.NotFinite;
        Residual = residual;
        var look = _watch.Look(new SolveProgress(
            Iteration, residual, NormalResidual, solution, residual / ((OperatorNorm * solution) + RightHandSideNorm),
            OperatorNorm, Condition));
        if (residual <= Tolerance) return Settings.SolvedExit;

        // Beside such an x the rounding of B x is as large as b (Choi's exit 5).
        if (OperatorNorm * solution * Settings.Epsilon >= RightHandSideNorm) return SolveExit.VanishingEigenvalue;
        if (residual > Settings.DivergenceLimit * RightHandSideNorm) return SolveExit.Diverged;
        if (look != SolveExit.None) return look;
        return Iteration >= Settings.MaxIterations ? SolveExit.IterationLimit : SolveExit.None;
    }

    /// <summary>Ends the solve within an iteration that has not changed x.</summary>
    public SolveExit Break(SolveExit exit)
    {
        Iteration++;
        return exit;
    }

    /// <summary>Replaces the recurred by the true ||r||.</summary>
    public void Correct(double residual) => Residual = residual;
}
