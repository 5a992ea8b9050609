using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>A square matrix that is known only by its products y = B x.</summary>
public abstract class LinearOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows, and columns, of B.</summary>
    public abstract int Size { get; }

    /// <summary>Whether B equals its transpose, which MINRES-QLP and its relatives require.</summary>
    public virtual bool IsSymmetric => true;

    /// <summary>
    /// Whether a product may be recorded and replayed: <see cref="Apply"/> gives work to the device, reads nothing on the
    /// host, and uses the same memory of its own as long as <see cref="MemoryVersion"/> is the same. False unless said.
    /// </summary>
    public virtual bool CanRecord => false;

    /// <summary>Changes when products begin to use other memory, which makes recordings of them stale.</summary>
    public virtual long MemoryVersion => 0;

    /// <summary>Whether products with the transpose can be had; a symmetric B is its own.</summary>
    public virtual bool HasTranspose => IsSymmetric;

    /// <summary>y = B x for vectors x and y [Size] that do not overlap.</summary>
    public abstract void Apply(Tensor<T> x, Tensor<T> y);

    /// <summary>y = B^T x, likewise.</summary>
    /// <exception cref="NotSupportedException">B has no transpose to multiply by.</exception>
    public virtual void ApplyTranspose(Tensor<T> x, Tensor<T> y)
    {
        if (!IsSymmetric) throw new NotSupportedException("the operator has no product with its transpose");
        Apply(x, y);
    }
}

/// <summary>An operator whose product is a given function.</summary>
/// <param name="size">Rows and columns.</param>
/// <param name="apply">Computes y = B x from (x, y).</param>
/// <param name="isSymmetric">Whether B equals its transpose.</param>
/// <param name="canRecord">Whether the function only calls kernels of the device, always on the same memory.</param>
/// <param name="applyTranspose">Computes y = B^T x from (x, y) where B is not symmetric, or null where nobody needs it.</param>
public sealed class DelegateOperator<T>(
    int size, Action<Tensor<T>, Tensor<T>> apply, bool isSymmetric = true, bool canRecord = false,
    Action<Tensor<T>, Tensor<T>>? applyTranspose = null)
    : LinearOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override int Size => size;

    /// <inheritdoc/>
    public override bool IsSymmetric => isSymmetric;

    /// <inheritdoc/>
    public override bool CanRecord => canRecord;

    /// <inheritdoc/>
    public override bool HasTranspose => isSymmetric || applyTranspose is not null;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A vector's count is not the operator's size.</exception>
    public override void Apply(Tensor<T> x, Tensor<T> y) => Apply(apply, x, y);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A vector's count is not the operator's size.</exception>
    public override void ApplyTranspose(Tensor<T> x, Tensor<T> y)
    {
        if (isSymmetric || applyTranspose is null) base.ApplyTranspose(x, y);
        else Apply(applyTranspose, x, y);
    }

    private void Apply(Action<Tensor<T>, Tensor<T>> product, Tensor<T> x, Tensor<T> y)
    {
        Guard.Equal(x.Count, size, "the operator's argument");
        Guard.Equal(y.Count, size, "the operator's result");
        product(x, y);
    }
}
