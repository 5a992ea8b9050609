namespace PoseEngine.Experiments.Methods;

/// <summary>All training methods by name.</summary>
internal static class MethodRegistry
{
    private static readonly List<Method> Known =
    [
        new UnconstrainedMethod(), new SoftSgdMethod(), new SoftAdamMethod(), new LagrangianMethod(), new HardSgdMethod(), new HardAdamMethod(), new HardGaussNewtonMethod(), new HardLevenbergMethod(),
        new ProjectedAdamMethod(),
    ];

    public static IReadOnlyList<Method> All => Known;
    public static IEnumerable<Method> Constrained => All.Where(method => method.Class != MethodClass.Unconstrained);

    /// <summary>The method from whose model the others start.</summary>
    public static Method Start => All.First(method => method.Class == MethodClass.Unconstrained);

    /// <summary>All settings, each once, in the order of the methods.</summary>
    public static IEnumerable<Setting> AllSettings => SettingsOf(All);

    /// <summary>Makes a method known until the result is disposed of.</summary>
    public static IDisposable Register(Method method)
    {
        Known.Add(method);
        return new Registration(method);
    }

    public static TMethod Of<TMethod>()
        where TMethod : Method
        => Known.OfType<TMethod>().First();

    public static Method? Find(string name) => Known.Find(method => method.Name == name);

    /// <exception cref="UserErrorException">There is none.</exception>
    public static Method Get(string name) => Find(name)
        ?? throw new UserErrorException($"--method {name}: no such method; choose one of {string.Join(", ", All)}");

    /// <summary>"hard-sgd" becomes "Hard-SGD".</summary>
    public static string Title(string name) => string.Join('-', name.Split('-').Select(word =>
        word is "sgd" or "gn" or "lm" ? word.ToUpperInvariant() : word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>A line for each setting of constrained methods: its values and who has it.</summary>
    public static string Help()
    {
        Setting[] settings = [.. SettingsOf(Constrained)];
        var width = settings.Max(setting => setting.Name.Length);
        return string.Join('\n', settings.Select(setting => $"{setting.Name.PadRight(width)}  {setting.Allowed}{Users(setting, Constrained)}"));
    }

    /// <summary>The settings of some methods, each once, in their order.</summary>
    public static IEnumerable<Setting> SettingsOf(IEnumerable<Method> methods) => methods.SelectMany(method => method.Settings).Select(own => own.Setting).Distinct();

    /// <summary>"; soft-sgd, hard-sgd", or nothing where all have it.</summary>
    public static string Users(Setting setting, IEnumerable<Method> among)
    {
        Method[] all = [.. among], users = [.. all.Where(method => method.Has(setting))];
        return users.Length == all.Length ? "" : $"; {string.Join(", ", users.AsEnumerable())}";
    }

    private sealed class Registration(Method method) : IDisposable
    {
        public void Dispose() => Known.Remove(method);
    }
}
