namespace PoseEngine.Experiments.Methods;

/// <summary>One multiplier for each constraint, by Adam and nuPI.</summary>
internal sealed class LagrangianMethod : Method
{
    internal static readonly PerConstraintSetting Tau = new(
        "tau", "tau",
        "tau: the root of the mean of C_j^2 that is allowed, in the unit in which violations are told (mm for poses); one number, or one for each constraint with commas between",
        "a number above 0", "above 0", 1, x => x > 0)
    {
        Symbol = "τ",
        Alias = "tolerance-mm",
    };

    private static readonly DualOptions Usual = new();

    private static readonly NumberSetting DualRate = NumberSetting.Positive(
        "dual-rate", "dualRate", "kappa_I of nuPI: how fast a multiplier follows mean C_j^2 - tau^2, in units of the network's outputs", Usual.Rate);

    private static readonly NumberSetting DualGain = new(
        "dual-gain", "dualGain", "kappa_P of nuPI: how it answers changes of that, which keeps it from overshooting", "a number of 0 or more", Usual.Gain, x => x >= 0);

    private static readonly NumberSetting DualDecay = new(
        "dual-decay", "dualDecay", "nu of nuPI: decay of the average whose changes it answers", "at least 0 and below 1", Usual.Decay, x => x is >= 0 and < 1);

    public override string Name => "lagrangian";
    public override MethodClass Class => MethodClass.Soft;
    public override bool IsOfThePaper => false;
    public override string Summary => "Adam on the Lagrangian of mean C_j^2 <= tau^2, multipliers by nuPI";
    public override (string Dark, string Light) Colours => ("#5B4A00", "#C9B458");

    public override IReadOnlyList<MethodSetting> Settings { get; } =
    [
        MethodSetting.Named(Tau, Tau.Usual), MethodSetting.NamedWhereChanged(DualRate), MethodSetting.NamedWhereChanged(DualGain),
        MethodSetting.NamedWhereChanged(DualDecay), new(Setting.Rate), .. Setting.ActiveSets(s => s.IsMined), new(Setting.Epsilon),
        new(Setting.RateSchedule), new(Setting.Average),
    ];

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts)
    {
        var (tau, units) = (settings.Get(Tau), parts.ConstraintUnits);
        var options = new LagrangianOptions([.. settings.Constraints.Select((_, j) => tau[tau.Count == 1 ? 0 : j] / units[j])])
        {
            Adam = SoftAdamMethod.AdamOf(settings),
            Dual = new DualOptions(settings.Get(DualRate), settings.Get(DualGain), settings.Get(DualDecay)),
        };
        return new Lagrangian<T>(parts.Risk, parts.Constraint(settings.ActiveSamples), parts.Parameters, options);
    }
}
