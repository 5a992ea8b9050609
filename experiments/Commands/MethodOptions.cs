namespace PoseEngine.Experiments.Commands;

/// <summary>--method and the settings of all methods, made from their declarations.</summary>
internal sealed class MethodOptions
{
    private readonly Option<string> _method = new("--method")
    {
        Description = string.Join("; ", MethodRegistry.All.Select(method => $"{method.Name} ({method.Summary})")),
        Required = true,
    };

    private readonly IReadOnlyList<(Setting Setting, Option<string?> Option)> _settings =
    [
        .. MethodRegistry.AllSettings.Select(setting => (setting, new Option<string?>($"--{setting.Name}", setting.Alias is { } alias ? [$"--{alias}"] : []) { Description = $"{setting.Help} [{Defaults(setting)}{MethodRegistry.Users(setting, MethodRegistry.All)}]" })),
    ];

    public IEnumerable<Option> All => [_method, .. _settings.Select(setting => setting.Option)];

    /// <summary>The method with what was typed of its settings.</summary>
    /// <exception cref="UserErrorException">There is no such method, it has no such setting, or a value is not allowed.</exception>
    public MethodSettings Settings(ParseResult parsed, IReadOnlyList<string> constraints)
    {
        var settings = new MethodSettings(MethodRegistry.Get(parsed.GetValue(_method)!), constraints);
        foreach (var (setting, option) in _settings)
        {
            if (parsed.GetValue(option) is not { } text) continue;
            // As it was typed: a setting may have two names.
            var source = ValueSource.Option(parsed.GetResult(option)?.IdentifierToken?.Value.TrimStart('-') ?? setting.Name, text);
            settings = settings.With(setting, setting.Parse(text, source), source);
        }
        return settings.Checked();
    }

    /// <summary>"default: 300, hard-adam 10000".</summary>
    private static string Defaults(Setting setting)
    {
        var byText = MethodRegistry.All.Where(method => method.Has(setting)).GroupBy(method => setting.Text(method.Find(setting)!.DefaultOf(new MethodSettings(method, []))))
            .OrderByDescending(group => group.Count()).ToList();
        return $"default: {byText[0].Key}{string.Concat(byText.Skip(1).Select(group => $", {string.Join(" and ", group)} {group.Key}"))}";
    }
}
