namespace PoseEngine.Experiments.Methods;

/// <summary>Eq. 5.</summary>
internal sealed class HardSgdMethod : HardMethod
{
    public override string Name => "hard-sgd";
    public override string Summary => "Eq. 5: the gradient step projected onto the linearized constraints";
    public override (string Dark, string Light) Colours => ("#4A1486", "#B79AE0");
    public override PaperTimes? Paper => new(3, 32);
    public override IReadOnlyList<MethodSetting> Settings { get; } = [MethodSetting.Named(Setting.Eta, 300), .. ActiveSets, .. Common];

    protected override bool TakesGram => true;

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts) => new HardSgd<T>(
        parts.Risk, parts.Constraint(settings.ActiveSamples), parts.Parameters,
        Shared(settings, new HardSgdOptions(settings.Get(Setting.Eta)) { Solver = settings.Get(Setting.Solver) }));
}
