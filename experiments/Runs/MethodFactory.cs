using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Runs;

/// <summary>Makes training methods from their settings.</summary>
public static class MethodFactory
{
    /// <summary>A method that trains <paramref name="w"/> in place under the six constraints of Table 2.</summary>
    public static TrainingMethod<T> Create<T>(MethodSettings settings, Network<T> network, Tensor<T> w, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var constraint = new LimbSymmetry<T>(network.Device);
        var soft = new SoftConstraint<T>(constraint, settings.Lambda, settings.Penalty, settings.ActiveSamples);
        return settings.Method switch
        {
            "unconstrained" => new SoftAdam<T>(network, w, batch, new AdamOptions(settings.Rate), null),
            "soft-adam" => new SoftAdam<T>(network, w, batch, new AdamOptions(settings.Rate), soft),
            "soft-sgd" => new SoftSgd<T>(network, w, batch, settings.Eta, soft),
            "hard-sgd" => new HardSgd<T>(network, w, batch, HardOptions(settings, constraint)),
            _ => throw new UserErrorException($"--method {settings.Method}: no such method"),
        };
    }

    private static HardSgdOptions<T> HardOptions<T>(MethodSettings settings, IOutputConstraint<T> constraint)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(constraint, settings.ActiveSamples, settings.Eta)
        {
            Solver = settings.Solver,
            Krylov = new MinresQlpOptions
            {
                RelativeTolerance = settings.Tolerance,
                MaxIterations = settings.MaxKrylovIterations,
                Verify = false,
            },
        };
}
