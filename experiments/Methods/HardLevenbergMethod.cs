namespace PoseEngine.Experiments.Methods;

/// <summary>Eq. 6 with an eta that follows the gain: Levenberg-Marquardt.</summary>
internal sealed class HardLevenbergMethod : HardMethod
{
    public override string Name => "hard-lm";
    public override string Summary => "Eq. 6 with an eta that follows the gain (Levenberg-Marquardt); --eta is what it begins with";
    public override (string Dark, string Light) Colours => ("#00626B", "#5FC4CE");
    public override int UsualIterations => 20;

    public override IReadOnlyList<MethodSetting> Settings { get; } =
        [MethodSetting.Named(Setting.Eta, 10), .. ActiveSets, .. Common.Where(own => own.Setting != Setting.RateSchedule && own.Setting != Setting.Reject)];

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts) => HardGaussNewtonMethod.Create(settings, parts, adapts: true);
}
