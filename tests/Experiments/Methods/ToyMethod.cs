using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Methods;

/// <summary>A training method of somebody else: all that the program needs to know of it is here.</summary>
internal sealed class ToyMethod : Method
{
    public static readonly NumberSetting Stride = NumberSetting.Positive("toy-stride", "toyStride", "Length of a step of the toy", 0.01);

    public override string Name => "soft-toy";
    public override MethodClass Class => MethodClass.Soft;
    public override string Summary => "a gradient step of a length of its own";
    public override IReadOnlyList<MethodSetting> Settings { get; } = [MethodSetting.Named(Stride, 0.01), new(Setting.RateSchedule)];

    public override TrainingMethod<T> Create<T>(MethodSettings settings, MethodParts<T> parts)
        => new SoftSgd<T>(parts.Risk, parts.Parameters, 1 / settings.Get(Stride), null, 0, settings.Get(Setting.RateSchedule));
}
