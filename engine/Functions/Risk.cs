using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// R(w) of Eq. 1, what training minimises, on a minibatch: its value and gradient at the point it was moved to. Where it
/// implements <see cref="ICurvedRisk{T}"/> too, Gauss-Newton methods take it.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="device">Where it is evaluated.</param>
/// <param name="parameterCount">N_P, the length of w.</param>
public abstract class Risk<T>(ComputeDevice<T> device, int parameterCount) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Where it is evaluated.</summary>
    public ComputeDevice<T> Device { get; } = device;

    /// <summary>N_P, the length of w.</summary>
    public int ParameterCount { get; } = parameterCount;

    /// <summary>Samples of a minibatch; 0 where R depends on w alone.</summary>
    public virtual int Samples => 0;

    /// <summary>Whether all of it may be recorded and replayed, see <see cref="DifferentiableFunction{T}.CanRecord"/>.</summary>
    public abstract bool CanRecord { get; }

    /// <summary>Changes when the products begin to use other memory, which makes recordings of them stale.</summary>
    public virtual long MemoryVersion => 0;

    /// <summary>Moves to w and evaluates R there.</summary>
    /// <param name="w">Parameters [N_P]. They are not copied: they must stay for as long as products are taken.</param>
    /// <param name="batch">The minibatch, <see cref="Samples"/> of them.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    public abstract void MoveTo(Tensor<T> w, Batch<T> batch);

    /// <summary>Writes 2 R, which stays on the device.</summary>
    /// <param name="doubled">[1], overwritten.</param>
    public abstract void Value(Tensor<double> doubled);

    /// <summary>Writes g = dR/dw.</summary>
    /// <param name="result">[N_P], overwritten.</param>
    public abstract void Gradient(Tensor<T> result);

    /// <summary>The name of a part of w in which a vector has an element that is NaN or infinite; null where none can be named.</summary>
    /// <param name="vector">[N_P].</param>
    public virtual string? FindNonFinite(Tensor<T> vector) => null;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the risk owns; called once or more.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>
/// A risk with a positive semidefinite model G of its Hessian, the Gauss-Newton matrix of Eq. 6: J^T J of a residual, or
/// J^T (d2f/dy2) J of a loss f of outputs.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public interface ICurvedRisk<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>result = G v, by Algorithm 2.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="result">[N_P], overwritten; not v.</param>
    void GaussNewton(Tensor<T> v, Tensor<T> result);

    /// <summary>Writes v^T G v.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="result">[1], overwritten.</param>
    void Curvature(Tensor<T> v, Tensor<double> result);

    /// <summary>Writes twice what the model promises behind a step, 2 R + 2 g^T dw + dw^T G dw.</summary>
    /// <param name="step">dw [N_P].</param>
    /// <param name="doubled">[1], overwritten.</param>
    void Promise(Tensor<T> step, Tensor<double> doubled);
}
