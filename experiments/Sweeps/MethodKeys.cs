namespace PoseEngine.Experiments.Sweeps;

/// <summary>One setting of a training method as sweep files name it.</summary>
/// <param name="Name">The key in a [[grid]] table.</param>
/// <param name="Setting">Its name in <see cref="MethodSettings.ToDictionary"/>, which says what methods use it.</param>
/// <param name="Kind">The type of its values: double, int or string.</param>
/// <param name="Allowed">What values are allowed, for error texts and help.</param>
/// <param name="Words">The words allowed, or null.</param>
/// <param name="Set">Puts a value of that type into settings.</param>
public sealed record MethodKey(
    string Name, string Setting, Type Kind, string Allowed, IReadOnlyList<string>? Words,
    Func<MethodSettings, object, MethodSettings> Set)
{
    /// <summary>Whether a method has this setting.</summary>
    public bool IsUsedBy(string method)
        // MINRES-QLP and mining have settings that other choices lack, and some settings are told only where they are not the default.
        => new MethodSettings
        {
            Method = method,
            Solver = KktSolver.MinresQlp,
            ActiveSet = "mined",
            OnUnconverged = UnconvergedPolicy.Stop,
            RateSchedule = RateSchedule.Constant.After(1),
        }.ToDictionary().ContainsKey(Setting);

    /// <summary>A value as names and reports write it.</summary>
    public static string Text(object value) => value switch
    {
        double number => number.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e'),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}

/// <summary>All settings that a sweep can vary: the one place to extend where a method gets a new one.</summary>
public static class MethodKeys
{
    /// <summary>The keys, in the order in which names of cells state them.</summary>
    public static IReadOnlyList<MethodKey> All { get; } =
    [
        Number("lambda", "lambda", "a number of 0 or more", (s, v) => s with { Lambda = v }),
        Number("eta", "eta", "a number above 0", (s, v) => s with { Eta = v }),
        Number("rate", "rate", "a number above 0", (s, v) => s with { Rate = v }),
        Word("penalty", "penalty", ["sum", "mean"], (s, v) => s with { Penalty = v == "sum" ? PenaltyForm.Sum : PenaltyForm.Mean }),
        Word("active-set", "activeSet", MethodSettings.ActiveSets, (s, v) => s with { ActiveSet = v }),
        Count("active", "activeSamples", $"a whole number from 1 to {MethodSettings.MostSamples}", (s, v) => s with { ActiveSamples = v }),
        Count("mining-pool", "miningPool", "a whole number of 1 or more", (s, v) => s with { MiningPool = v }),
        new("lambda-schedule", "lambdaSchedule", typeof(string), "\"constant\", \"linear:STEPS\" or \"geometric:START:STEPS\"", null, (s, v) => s with
        {
            Schedule = LambdaSchedule.Parse((string)v) ?? throw new UserErrorException($"lambda-schedule {v}: no such schedule"),
        }),
        new("rate-schedule", "rateSchedule", typeof(string), RateSchedule.Forms, null, (s, v) => s with { RateSchedule = MethodSettings.ParseRateSchedule((string)v) }),
        Number("momentum", "momentum", "a number from 0 to below 1", (s, v) => s with { Momentum = v }),
        Count("warmup", "warmup", "a whole number of 0 or more", (s, v) => s with { Warmup = v }),
        Number("epsilon", "epsilon", "a number above 0", (s, v) => s with { Epsilon = v }),
        Word("solver", "solver", [.. MethodSettings.SolverNames.Values], (s, v) => s with { Solver = MethodSettings.SolverNames.First(p => p.Value == v).Key }),
        Number("tolerance", "tolerance", "a number above 0", (s, v) => s with { Tolerance = v }),
        Count("max-krylov", "maxKrylovIterations", "a whole number of 1 or more", (s, v) => s with { MaxKrylovIterations = v }),
        Word("on-unconverged", "onUnconverged", [.. MethodSettings.PolicyNames.Values], (s, v) => s with { OnUnconverged = MethodSettings.PolicyNames.First(p => p.Value == v).Key }),
    ];

    /// <summary>A line for each key: its values and the methods that have it.</summary>
    public static string Help()
    {
        string[] methods = [.. MethodSettings.Methods.Where(method => method != "unconstrained")];
        var width = All.Max(key => key.Name.Length);
        return string.Join('\n', All.Select(key =>
        {
            string[] users = [.. methods.Where(key.IsUsedBy)];
            return $"{key.Name.PadRight(width)}  {key.Allowed}{(users.Length < methods.Length ? $"; {string.Join(", ", users)}" : "")}";
        }));
    }

    /// <summary>The keys that a method uses.</summary>
    public static IEnumerable<MethodKey> Of(string method) => All.Where(key => key.IsUsedBy(method));

    private static MethodKey Number(string name, string setting, string allowed, Func<MethodSettings, double, MethodSettings> set)
        => new(name, setting, typeof(double), allowed, null, (s, v) => set(s, (double)v));

    private static MethodKey Count(string name, string setting, string allowed, Func<MethodSettings, int, MethodSettings> set)
        => new(name, setting, typeof(int), allowed, null, (s, v) => set(s, (int)v));

    private static MethodKey Word(string name, string setting, IReadOnlyList<string> words, Func<MethodSettings, string, MethodSettings> set)
        => new(name, setting, typeof(string), $"one of {string.Join(", ", words)}", words, (s, v) => set(s, (string)v));
}
