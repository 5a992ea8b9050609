namespace PoseEngine.Experiments.Methods;

/// <summary>Adam on the loss alone: the model from which the constrained ones start.</summary>
internal sealed class UnconstrainedMethod : Method
{
    public override string Name => "unconstrained";
    public override MethodClass Class => MethodClass.Unconstrained;
    public override string Summary => "Adam on the loss alone";
    public override int UsualIterations => 2000;
    public override IReadOnlyList<MethodSetting> Settings { get; } = [new(Setting.Rate), new(Setting.RateSchedule), new(Setting.Epsilon), new(Setting.Average)];

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts)
        => new SoftAdam<T>(parts.Risk, parts.Parameters, SoftAdamMethod.AdamOf(settings), null);
}
