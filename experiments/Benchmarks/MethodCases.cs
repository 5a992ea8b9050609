namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The rows of the timing table: every method that can be named, at the sizes of section 5.</summary>
internal static class MethodCases
{
    /// <summary>
    /// Active samples of hard methods: as many as random active sets of section 5 have, and as many as mined ones. The
    /// search for mined samples is no part of a step and not measured.
    /// </summary>
    private static readonly int[] HardActive = [128, 16];

    /// <summary>Soft methods with 128 active samples, hard ones with 128 and 16, by each solver that serves them.</summary>
    public static IReadOnlyList<MethodSettings> All(IReadOnlyList<string> constraints, int maxKrylov)
        => [.. MethodRegistry.All.SelectMany(method => Of(new MethodSettings(method, constraints), maxKrylov))];

    private static IEnumerable<MethodSettings> Of(MethodSettings settings, int maxKrylov)
    {
        if (settings.Method.Has(Setting.Active)) settings = settings.With(Setting.Active, HardActive[0]);
        if (!settings.IsHard) return [settings];
        settings = settings.With(Setting.MaxKrylov, maxKrylov);
        if (settings.Method.Has(HardAdamMethod.Warmup)) settings = settings.With(HardAdamMethod.Warmup, 1);
        return HardActive.SelectMany(active => ((KktSolver[])[KktSolver.Gram, KktSolver.MinresQlp])
            .Select(solver => settings.With(Setting.Active, active).With(Setting.Solver, solver))
            .Where(IsAccepted)
            .DistinctBy(made => made.UsedSolver));
    }

    private static bool IsAccepted(MethodSettings settings)
    {
        try
        {
            settings.Checked();
            return true;
        }
        catch (UserErrorException)
        {
            // A method that takes only one of the solvers.
            return false;
        }
    }
}
