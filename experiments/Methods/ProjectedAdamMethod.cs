namespace PoseEngine.Experiments.Methods;

/// <summary>Adam on the loss of projected outputs: constraints hold by construction, and training knows it.</summary>
internal sealed class ProjectedAdamMethod : Method
{
    public override string Name => "projected-adam";
    public override MethodClass Class => MethodClass.Projected;
    public override string Summary => "Adam on the loss of outputs that were projected onto the constraints";
    public override bool TrainsProjected => true;
    public override bool IsOfThePaper => false;
    public override (string Dark, string Light) Colours => ("#4A2C8F", "#B49BE8");
    public override IReadOnlyList<MethodSetting> Settings { get; } = [new(Setting.Rate), new(Setting.RateSchedule), new(Setting.Epsilon), new(Setting.Average)];

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts)
        => new SoftAdam<T>(parts.Risk, parts.Parameters, SoftAdamMethod.AdamOf(settings), null);
}
