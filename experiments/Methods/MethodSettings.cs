namespace PoseEngine.Experiments.Methods;

/// <summary>A training method with its settings, as command line and files give them and reports show them. What was not given is the
/// method's default. Two are equal where they train alike.</summary>
internal sealed class MethodSettings : IEquatable<MethodSettings>
{
    private readonly Dictionary<Setting, (object Value, ValueSource Source)> _given;

    /// <summary>A method with its defaults.</summary>
    /// <param name="constraints">The names of the problem's constraints: their number decides the rows of a KKT system.</param>
    public MethodSettings(Method method, IReadOnlyList<string> constraints)
        : this(method, constraints, [])
    {
    }

    private MethodSettings(Method method, IReadOnlyList<string> constraints, Dictionary<Setting, (object, ValueSource)> given)
        => (Method, Constraints, _given) = (method, constraints, given);

    public Method Method { get; }

    /// <summary>The names of the constraints of a sample.</summary>
    public IReadOnlyList<string> Constraints { get; }

    /// <summary>Samples of an active set; 0 where the method has none.</summary>
    public int ActiveSamples => Method.Has(Setting.Active) ? Get(Setting.Active) : 0;

    /// <summary>Whether active sets are mined by Eq. 9.</summary>
    public bool IsMined => Get(Setting.ActiveSet) == ActiveSetKind.Mined;

    public bool IsHard => Method.Class == MethodClass.Hard;

    /// <summary>How its KKT system is solved, <see cref="KktSolver.Auto"/> decided; null where it has none.</summary>
    public KktSolver? UsedSolver => Method.SolverOf(this);

    public bool UsesKrylov => UsedSolver is KktSolver.Lsqr or KktSolver.MinresQlp or KktSolver.ProjectedMinresQlp;

    public int Rows => ActiveSamples * Constraints.Count;

    /// <summary>A name that tells the settings that differ between runs, such as "soft-adam lambda=0.001".</summary>
    public string Label => string.Join(' ', Method.Settings.Where(IsNamed).Select(own => Named(own.Setting, Value(own.Setting), 6)).Prepend(Method.Name));

    /// <summary>The value of a setting: as given, else the method's default, else the usual one.</summary>
    public TValue Get<TValue>(Setting<TValue> setting)
        where TValue : notnull
        => Method.Has(setting) || _given.ContainsKey(setting) ? (TValue)Value(setting) : setting.Usual;

    /// <summary>The same with another value, which is of the setting's type and allowed.</summary>
    public MethodSettings With(Setting setting, object value, ValueSource? source = null) => new(
        Method, Constraints, new(_given) { [setting] = (value, source ?? ValueSource.Option(setting.Name, setting.Text(value, 6))) });

    /// <inheritdoc cref="With(Setting, object, ValueSource?)"/>
    public MethodSettings With<TValue>(Setting<TValue> setting, TValue value)
        where TValue : notnull
        => With((Setting)setting, value);

    /// <summary>The same for a problem of other constraints.</summary>
    public MethodSettings For(IReadOnlyList<string> constraints) => new(Method, constraints, _given);

    /// <summary>"eta=300", or the bare value where that says what it is.</summary>
    public string Named(Setting setting, object value, int digits = 0)
    {
        var name = setting.LabelName?.Invoke(this) ?? setting.Name;
        return (name.Length > 0 ? $"{name}=" : "") + setting.Text(value, digits);
    }

    /// <summary>The settings that the method uses, for config.json, summary.json and checkpoints.</summary>
    public IReadOnlyDictionary<string, object?> ToDictionary()
    {
        var told = Method.Settings.Where(own => own.Setting.Applies(this) && !(own.Setting.IsToldWhereChanged && !IsChanged(own.Setting)));
        return told.ToDictionary(own => own.Setting.Key, own => (object?)own.Setting.Stored(own.Setting == Setting.Solver ? UsedSolver! : Value(own.Setting)));
    }

    public JsonObject ToNode()
    {
        var node = JsonSerializer.SerializeToNode(ToDictionary(), RunJson.Line)!.AsObject();
        node["method"] = Method.Name;
        return node;
    }

    /// <summary>Checks what depends on several settings at once; single values were checked when they were read.</summary>
    /// <exception cref="UserErrorException">They do not go together.</exception>
    public MethodSettings Checked()
    {
        foreach (var (setting, (_, source)) in _given)
        {
            if (!Method.Has(setting)) throw source.Wrong($"{Method.Name} has no such setting; it has {string.Join(", ", Method.Settings.Select(own => own.Setting.Name))}");
        }
        if (IsMined && Get(Setting.MiningPool) < ActiveSamples)
        {
            throw Source(Setting.MiningPool).NotAllowed($"at least the {ActiveSamples} samples of an active set, or all");
        }
        foreach (var setting in Method.Settings.Select(own => own.Setting).OfType<PerConstraintSetting>())
        {
            if (Get(setting).Count is not 1 and var count && count != Constraints.Count)
            {
                throw Source(setting).Wrong($"give one number, or {Constraints.Count} for the constraints {string.Join(", ", Constraints)}; got {count}");
            }
        }
        Method.Check(this);
        return this;
    }

    public bool IsGiven(Setting setting) => _given.ContainsKey(setting);

    public ValueSource Source(Setting setting)
        => _given.TryGetValue(setting, out var given) ? given.Source : ValueSource.Option(setting.Name, setting.Text(Value(setting), 6));

    public bool Equals(MethodSettings? other)
        => other is not null && other.Method == Method && Method.Settings.All(own => Value(own.Setting).Equals(other.Value(own.Setting)));

    public override bool Equals(object? other) => Equals(other as MethodSettings);

    public override int GetHashCode() => HashCode.Combine(Method, Label);

    public override string ToString() => Label;

    private object Value(Setting setting) => _given.TryGetValue(setting, out var given) ? given.Value : Method.Find(setting)!.DefaultOf(this);

    private bool IsChanged(Setting setting) => !Value(setting).Equals(Method.Find(setting)!.DefaultOf(this));

    private bool IsNamed(MethodSetting own) => own.Setting.IsToldWhereChanged ? own.Setting.LabelName is not null && IsChanged(own.Setting) : own.IsNamed(this);
}
