namespace PoseEngine.Experiments.Reports;

/// <summary>The settings that models have alike, told once, and those that each has for itself.</summary>
/// <param name="shared">The value of each setting that at least two models have and all have alike.</param>
internal sealed class SharedSettings(IReadOnlyDictionary<string, string> shared)
{
    public static SharedSettings Of(IReadOnlyList<ModelTrace> models) => new(
        models.SelectMany(m => m.End.Settings).GroupBy(s => s.Key, s => Num.Setting(s.Value))
            .Where(g => g.Count() > 1 && g.Distinct().Count() == 1).ToDictionary(g => g.Key, g => g.First()));

    /// <summary>"All, where a method has it: batch=32, penalty=sum.", or nothing.</summary>
    public string Text => shared.Count == 0 ? "" : $"All, where a method has it: {Join(shared)}.";

    /// <summary>What a model does not share; an unfinished one has no settings on record, but its name usually spells them.</summary>
    public string Own(ModelTrace model)
    {
        if (model.End.Settings.Count > 0) return Join(model.End.Settings.Where(s => !shared.ContainsKey(s.Key)).Select(s => KeyValuePair.Create(s.Key, Num.Setting(s.Value))));
        var space = model.Name.IndexOf(' ');
        return space < 0 ? "" : MethodClasses.Symbols(model.Name[(space + 1)..]);
    }

    private static string Join(IEnumerable<KeyValuePair<string, string>> settings) => string.Join(", ", settings.Select(s => $"{MethodClasses.Symbols(s.Key)}={s.Value}"));
}
