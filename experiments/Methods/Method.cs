namespace PoseEngine.Experiments.Methods;

/// <summary>The three classes of Fig. 2, which decide line style and grouping: trained without constraints, from whose model the others
/// start; constraints as a penalty; constraints on the linearized surface. And a fourth: constraints by construction.</summary>
public enum MethodClass
{
    Unconstrained, Soft, Hard, Projected,
}

/// <summary>A setting as a method has it.</summary>
internal sealed record MethodSetting(Setting Setting)
{
    /// <summary>The method's own default, which may depend on other settings; the usual value unless said.</summary>
    public Func<MethodSettings, object>? Default { get; init; }

    /// <summary>Whether the names of models state it.</summary>
    public Func<MethodSettings, bool> IsNamed { get; init; } = _ => false;

    /// <summary>Stated in the names of models.</summary>
    public static MethodSetting Named<TValue>(Setting<TValue> setting, TValue usual)
        where TValue : notnull
        => new(setting) { Default = _ => usual, IsNamed = _ => true };

    /// <summary>Stated in the names of models where it is not the usual value.</summary>
    public static MethodSetting NamedWhereChanged<TValue>(Setting<TValue> setting)
        where TValue : notnull
        => new(setting) { IsNamed = s => !s.Get(setting).Equals(setting.Usual) };

    public object DefaultOf(MethodSettings settings) => Default?.Invoke(settings) ?? Setting.UsualValue;
}

/// <summary>What a method is made of on a problem.</summary>
/// <param name="Risk">R on minibatches; the method takes it over.</param>
/// <param name="Constraint">Makes C on so many active samples; the method takes it over.</param>
/// <param name="Parameters">w, trained in place.</param>
internal sealed record MethodParts<T>(Risk<T> Risk, Func<int, ConstraintFunction<T>> Constraint, Tensor<T> Parameters)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>How much one unit of C_j is in the unit in which its violations are told: 100 of millimetres; one for each constraint.</summary>
    public IReadOnlyList<double> ConstraintUnits { get; init; } = [];
}

/// <summary>A training method: its name, class, settings and how to make it. All else of the program is derived from these declarations:
/// add a file with a subclass and name it in <see cref="MethodRegistry"/>.</summary>
internal abstract class Method
{
    /// <summary>The name on the command line and in files.</summary>
    public abstract string Name { get; }

    public abstract MethodClass Class { get; }

    /// <summary>What a step is, for --help.</summary>
    public abstract string Summary { get; }

    /// <summary>Its settings in the order in which names of models state them.</summary>
    public abstract IReadOnlyList<MethodSetting> Settings { get; }

    /// <summary>Colours of its lines from dark to light; hues that stay apart for the common kinds of colour blindness.</summary>
    public virtual (string Dark, string Light) Colours => ("#8E0F5C", "#EE8CC2");

    /// <summary>Whether its risk is of outputs that were projected onto the constraints.</summary>
    public virtual bool TrainsProjected => false;

    /// <summary>Seconds an iteration that the paper reports, or null.</summary>
    public virtual PaperTimes? Paper => null;

    /// <summary>Whether the paper has it, whose claims are measured on its methods alone.</summary>
    public virtual bool IsOfThePaper => true;

    /// <summary>Steps that are enough on a small problem, where neither problem nor user says how many.</summary>
    public virtual int UsualIterations => Class == MethodClass.Hard ? 100 : 300;

    /// <summary>Steps between checkpoints: what a killed run may lose. Hard steps take longer, so fewer of them may be lost.</summary>
    public virtual int CheckpointEvery => Class == MethodClass.Hard ? 10 : 100;

    /// <summary>The name for people: "hard-sgd" is Hard-SGD.</summary>
    public string Title => MethodRegistry.Title(Name);

    public abstract TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>How its KKT system is solved; null where it has none.</summary>
    public virtual KktSolver? SolverOf(MethodSettings settings) => null;

    /// <summary>Whether the Gram matrix could solve its systems.</summary>
    public virtual bool CouldTakeGram(MethodSettings settings) => false;

    /// <summary>First steps that move no parameter.</summary>
    public virtual int WarmupOf(MethodSettings settings) => 0;

    /// <summary>A figure of the method's own that evaluations note beside the metrics, or null.</summary>
    public virtual double? LowMomentShare<T>(TrainingMethod<T> method)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => null;

    /// <summary>Checks what depends on several settings at once.</summary>
    /// <exception cref="UserErrorException">They do not go together.</exception>
    public virtual void Check(MethodSettings settings)
    {
    }

    public bool Has(Setting setting) => Find(setting) is not null;

    /// <summary>A setting as this method has it, or null.</summary>
    public MethodSetting? Find(Setting setting) => Settings.FirstOrDefault(own => own.Setting == setting);

    public sealed override string ToString() => Name;
}
