namespace PoseEngine.Experiments.Methods;

/// <summary>Eq. 12.</summary>
internal sealed class HardAdamMethod : HardMethod
{
    internal static readonly CountSetting Warmup = new(
        "warmup", "warmup", "First steps that move the moments only; 0 is the method as printed, which diverges from zero moments", 200, 0);

    public override string Name => "hard-adam";
    public override string Summary => "Eq. 12: the same in Adam's metric, in scaled unknowns";
    public override (string Dark, string Light) Colours => ("#8A5A00", "#E8B84A");
    public override PaperTimes? Paper => new(103, 103);
    public override int UsualIterations => 300;

    public override IReadOnlyList<MethodSetting> Settings { get; } =
    [
        MethodSetting.Named(Setting.Eta, 10_000), .. ActiveSets, MethodSetting.Named(Warmup, 200), MethodSetting.NamedWhereChanged(Setting.Epsilon), .. Common,
    ];

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts) => new HardAdam<T>(
        parts.Risk, parts.Constraint(settings.ActiveSamples), parts.Parameters,
        Shared(settings, new HardAdamOptions(settings.Get(Setting.Eta)) { Warmup = settings.Get(Warmup), Moments = SoftAdamMethod.AdamOf(settings) }));

    public override int WarmupOf(MethodSettings settings) => settings.Get(Warmup);

    public override double? LowMomentShare<T>(TrainingMethod<T> method) => (method as HardAdam<T>)?.LowMomentShare();
}
