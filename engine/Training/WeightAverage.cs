using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// The exponential average of the parameters over steps, a_t = d_t a_(t-1) + (1 - d_t) w_t with
/// d_t = min(decay, (t - 1) / t): the mean of all steps as long as they are few, so that where training began has no weight.
/// Before the first step it is w itself. It quiets the noise of minibatches and active sets, and training takes no notice of it
/// (Polyak and Juditsky 1992).
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class WeightAverage<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly Tensor<T> _parameters;
    private readonly double _decay;

    /// <summary>An average that begins at w.</summary>
    /// <param name="device">Where w is.</param>
    /// <param name="parameters">w [N_P].</param>
    /// <param name="decay">Above 0 and below 1.</param>
    public WeightAverage(ComputeDevice<T> device, Tensor<T> parameters, double decay)
    {
        (_device, _parameters, _decay) = (device, parameters, decay);
        Value = device.Zeros(parameters.Shape);
        device.Vectors.Copy(parameters, Value);
    }

    /// <summary>a [N_P].</summary>
    public Tensor<T> Value { get; }

    /// <summary>Takes in w behind a step.</summary>
    /// <param name="iteration">t, from 1.</param>
    public void Add(long iteration)
    {
        var decay = Math.Min(_decay, (iteration - 1.0) / iteration);
        _device.Vectors.Combine(1 - decay, _parameters, decay, Value, Value);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => Value.Storage.Dispose();
}
