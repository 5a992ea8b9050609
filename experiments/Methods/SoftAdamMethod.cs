namespace PoseEngine.Experiments.Methods;

/// <summary>Adam on Eq. 3.</summary>
internal sealed class SoftAdamMethod : Method
{
    public override string Name => "soft-adam";
    public override MethodClass Class => MethodClass.Soft;
    public override string Summary => "gradient of Eq. 3 by Adam";
    public override (string Dark, string Light) Colours => ("#9E1B1B", "#F59A7B");
    public override PaperTimes? Paper => new(1.6, 1.6);

    public override IReadOnlyList<MethodSetting> Settings { get; } =
    [
        MethodSetting.Named(Setting.Lambda, Setting.Lambda.Usual), new(Setting.Rate), new(Setting.Penalty),
        MethodSetting.NamedWhereChanged(Setting.LambdaSchedule), .. Setting.ActiveSets(s => s.IsMined), new(Setting.Epsilon),
        new(Setting.RateSchedule), new(Setting.Average),
    ];

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts)
        => new SoftAdam<T>(parts.Risk, parts.Parameters, AdamOf(settings), PenaltyOf(settings, parts));

    internal static AdamOptions AdamOf(MethodSettings settings)
        => new(Rate: settings.Get(Setting.Rate), Epsilon: settings.Get(Setting.Epsilon)) { Schedule = settings.Get(Setting.RateSchedule) };

    internal static SoftConstraint<T> PenaltyOf<T>(MethodSettings settings, MethodParts<T> parts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(parts.Constraint(settings.ActiveSamples), settings.Get(Setting.Lambda), settings.Get(Setting.Penalty))
        {
            Schedule = settings.Get(Setting.LambdaSchedule),
        };
}
