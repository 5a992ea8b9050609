namespace PoseEngine.Experiments.Runs;

/// <summary>What the user is told of steps whose system was not solved.</summary>
internal static class UnconvergedSolves
{
    /// <summary>One line such as "hard-sgd eta=300: 37 of 200 solves stopped at ...", or null where all were solved.</summary>
    public static string? Warning(MethodSettings settings, TrainerTotals totals)
    {
        if (totals.Unconverged == 0) return null;
        var limit = $"stopped at the iteration limit ({settings.Get(Setting.MaxKrylov)})";
        var how = totals.AtIterationLimit == totals.Unconverged ? limit
            : $"did not converge{(totals.AtIterationLimit == 0 ? "" : $", {totals.AtIterationLimit} of them {limit}")}";
        return $"{settings.Label}: {totals.Unconverged} of {totals.Solves} solves {how}; {Remedy(settings)}";
    }

    public static string Remedy(MethodSettings settings)
        => !settings.UsesKrylov ? "raise --eta"
            : settings.Method.CouldTakeGram(settings) ? $"raise --max-krylov or take --solver {Setting.Solver.Text(KktSolver.Gram)}"
            : "raise --max-krylov or --tolerance";
}
