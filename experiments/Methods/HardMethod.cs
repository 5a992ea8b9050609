namespace PoseEngine.Experiments.Methods;

/// <summary>What all methods have whose step solves a KKT system.</summary>
internal abstract class HardMethod : Method
{
    public sealed override MethodClass Class => MethodClass.Hard;

    /// <summary>Only the identity of Eq. 5 goes with the Gram matrix and with LSQR.</summary>
    protected virtual bool TakesGram => false;

    public override KktSolver? SolverOf(MethodSettings settings) => TakesGram ? settings.Get(Setting.Solver).For(settings.Rows) : KktSolver.MinresQlp;

    public override bool CouldTakeGram(MethodSettings settings) => TakesGram && settings.Rows <= KktSolvers.MostGramRows;

    public override void Check(MethodSettings settings)
    {
        CheckSchedule(settings);
        var (solver, source) = (settings.Get(Setting.Solver), settings.Source(Setting.Solver));
        if (solver is KktSolver.Auto or KktSolver.MinresQlp) return;
        if (!TakesGram) throw source.Wrong($"{Setting.Solver.Text(solver)} serves the identity of Eq. 5 only; {Name} takes --solver minres-qlp or auto");
        if (solver == KktSolver.Lsqr || settings.Rows <= KktSolvers.MostGramRows) return;
        throw source.Wrong(
            $"an active set of {settings.ActiveSamples} samples has {settings.Rows} constraint rows, a Gram matrix at most {KktSolvers.MostGramRows}; take --active {KktSolvers.MostGramRows / settings.Constraints.Count} or fewer, or --solver lsqr");
    }

    /// <summary>The settings that all of them end with.</summary>
    protected static IEnumerable<MethodSetting> Common { get; } =
    [
        new(Setting.Delta), new(Setting.Reject), new(Setting.Solver), new(Setting.OnUnconverged), new(Setting.Tolerance), new(Setting.MaxKrylov), new(Setting.RateSchedule),
        new(Setting.Average),
    ];

    /// <summary>The settings of active sets, whose samples are named always.</summary>
    protected static IEnumerable<MethodSetting> ActiveSets { get; } = Setting.ActiveSets(_ => true);

    protected static TOptions Shared<TOptions>(MethodSettings settings, TOptions options)
        where TOptions : HardOptions
        => options with
        {
            Schedule = settings.Get(Setting.RateSchedule),
            Unconverged = settings.Get(Setting.OnUnconverged),
            Delta = settings.Get(Setting.Delta).Delta,
            AdaptsDelta = settings.Get(Setting.Delta).Adapts,
            Rejects = settings.Get(Setting.Reject) == Rejection.Merit,
            Krylov = new() { RelativeTolerance = settings.Get(Setting.Tolerance), MaxIterations = settings.Get(Setting.MaxKrylov), Verify = false },
        };

    private void CheckSchedule(MethodSettings settings)
    {
        if (settings.Get(Setting.RateSchedule).IsPositive) return;
        throw settings.Source(Setting.RateSchedule).Wrong($"it comes to 0, and {Name} divides eta by it; take one that ends above, such as cosine:1000:0.01");
    }
}
