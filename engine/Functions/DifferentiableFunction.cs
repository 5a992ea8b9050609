using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// A vector-valued function f of the flat parameter vector w at one point: its value and the products with its
/// Jacobian. The two products allocate nothing.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class DifferentiableFunction<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The length of f.</summary>
    public abstract int RowCount { get; }

    /// <summary>N_P, the length of w.</summary>
    public abstract int ParameterCount { get; }

    /// <summary>f at the current point, [RowCount].</summary>
    public abstract Tensor<T> Value { get; }

    /// <summary>
    /// Whether the products may be recorded and replayed: they give work to the device, read nothing on the host, and
    /// use the same memory as long as <see cref="MemoryVersion"/> is the same. False unless said.
    /// </summary>
    public virtual bool CanRecord => false;

    /// <summary>Changes when the products begin to use other memory, which makes recordings of them stale.</summary>
    public virtual long MemoryVersion => 0;

    /// <summary>R-op (Eq. 7): result = df/dw v.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="result">[RowCount], overwritten.</param>
    public abstract void Rop(Tensor<T> v, Tensor<T> result);

    /// <summary>L-op (Eq. 8): result = u^T df/dw.</summary>
    /// <param name="u">Weights of the rows [RowCount].</param>
    /// <param name="result">[N_P], overwritten.</param>
    public abstract void Lop(Tensor<T> u, Tensor<T> result);

    /// <summary>Both products of Algorithm 1, for a function that can share work between them or do them side by side.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="u">Weights of the rows [RowCount].</param>
    /// <param name="rop">df/dw v [RowCount], overwritten.</param>
    /// <param name="lop">u^T df/dw [N_P], overwritten.</param>
    public virtual void Products(Tensor<T> v, Tensor<T> u, Tensor<T> rop, Tensor<T> lop)
    {
        Lop(u, lop);
        Rop(v, rop);
    }

    /// <summary>Gives the function's memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the function owns; called once or more.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
