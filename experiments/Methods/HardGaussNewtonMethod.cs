namespace PoseEngine.Experiments.Methods;

/// <summary>Eq. 6.</summary>
internal sealed class HardGaussNewtonMethod : HardMethod
{
    public override string Name => "hard-gn";
    public override string Summary => "Eq. 6: the Gauss-Newton step under the linearized constraints";
    public override (string Dark, string Light) Colours => ("#1C1C1C", "#9A9A9A");
    public override int UsualIterations => 20;
    public override IReadOnlyList<MethodSetting> Settings { get; } = [MethodSetting.Named(Setting.Eta, 10), .. ActiveSets, .. Common];

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts) => Create(settings, parts, adapts: false);

    /// <summary>The step, whose eta may follow the gain.</summary>
    internal static HardGaussNewton<T> Create<T>(MethodSettings settings, MethodParts<T> parts, bool adapts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(parts.Risk, parts.Constraint(settings.ActiveSamples), parts.Parameters, Shared(settings, new HardGaussNewtonOptions(settings.Get(Setting.Eta), adapts)));
}
