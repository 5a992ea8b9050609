namespace PoseEngine.Experiments.Methods;

/// <summary>SGD on Eq. 3.</summary>
internal sealed class SoftSgdMethod : Method
{
    private static readonly NumberSetting Momentum = new("momentum", "momentum", "Momentum of SGD", "at least 0 and below 1", 0, x => x is >= 0 and < 1);

    public override string Name => "soft-sgd";
    public override MethodClass Class => MethodClass.Soft;
    public override string Summary => "gradient of Eq. 3 by SGD";
    public override (string Dark, string Light) Colours => ("#0B6B3A", "#7CCB8F");
    public override PaperTimes? Paper => new(0.8, 0.8);

    public override IReadOnlyList<MethodSetting> Settings { get; } =
    [
        MethodSetting.Named(Setting.Lambda, Setting.Lambda.Usual), MethodSetting.Named(Setting.Eta, 300), MethodSetting.NamedWhereChanged(Momentum),
        new(Setting.Penalty), MethodSetting.NamedWhereChanged(Setting.LambdaSchedule), .. Setting.ActiveSets(s => s.IsMined),
        new(Setting.RateSchedule), new(Setting.Average),
    ];

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts) => new SoftSgd<T>(
        parts.Risk, parts.Parameters, settings.Get(Setting.Eta), SoftAdamMethod.PenaltyOf(settings, parts), settings.Get(Momentum), settings.Get(Setting.RateSchedule));
}
