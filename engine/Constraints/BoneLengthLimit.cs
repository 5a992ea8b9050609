using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Constraints;

/// <summary>
/// A bone no longer than a bound: C_j(y) = ||y_a - y_b|| - limit_j &lt;= 0 for the bone from joint a to joint b, in the
/// outputs' unit. Wrap it in an <see cref="Inequality{T}"/>; by itself it fixes the length.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class BoneLengthLimit<T> : IOutputConstraint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly LimbSymmetry<T> _lengths;
    private readonly T[] _limits;
    private readonly Dictionary<int, Tensor<T>> _tiled = [];

    /// <summary>Limits on bones.</summary>
    /// <param name="device">Where they are evaluated.</param>
    /// <param name="bones">The bones, at least one: joints, zero-based, and the greatest length.</param>
    /// <exception cref="ArgumentException">There is no bone, or one without two joints.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A limit is not above 0.</exception>
    public BoneLengthLimit(ComputeDevice<T> device, params ReadOnlySpan<(int A, int B, double Limit)> bones)
    {
        if (bones.IsEmpty) throw new ArgumentException("bone length limit: at least one bone is needed", nameof(bones));
        _device = device;
        Rows = ConstraintRow.Numbered("bone", bones.Length);
        _limits = new T[bones.Length];
        var joints = new int[4 * bones.Length];
        for (var j = 0; j < bones.Length; j++)
        {
            var (a, b, limit) = bones[j];
            if (a == b) throw new ArgumentException($"bone length limit: bone {j + 1} leads from joint {a} to itself", nameof(bones));
            Guard.Positive(limit, $"the limit of bone {j + 1}");
            _limits[j] = T.CreateTruncating(limit);

            // The second limb leads from a joint to itself: its length is 0, and so is its derivative.
            (joints[4 * j], joints[(4 * j) + 1], joints[(4 * j) + 2], joints[(4 * j) + 3]) = (a, b, a, a);
        }
        _lengths = new LimbSymmetry<T>(device, joints);
    }

    /// <inheritdoc/>
    public string Name => "bone length";

    /// <inheritdoc/>
    public IReadOnlyList<ConstraintRow> Rows { get; }

    /// <inheritdoc/>
    public bool CanRecord => true;

    /// <inheritdoc/>
    public void Evaluate(Tensor<T> y, Tensor<T> x, Tensor<T> c)
    {
        _lengths.Evaluate(y, x, c);
        _device.Vectors.Axpy(-1, Limits(c.Count), c);
    }

    /// <inheritdoc/>
    public void Rop(Tensor<T> y, Tensor<T> x, Tensor<T> dy, Tensor<T> dc) => _lengths.Rop(y, x, dy, dc);

    /// <inheritdoc/>
    public void Lop(Tensor<T> y, Tensor<T> x, Tensor<T> u, Tensor<T> uy) => _lengths.Lop(y, x, u, uy);

    /// <summary>The limits once for each sample; kept for each number of samples, since recordings use the memory again.</summary>
    private Tensor<T> Limits(int rows)
    {
        if (_tiled.TryGetValue(rows, out var known)) return known;
        var tiled = new T[rows];
        for (var i = 0; i < rows; i++) tiled[i] = _limits[i % _limits.Length];
        return _tiled[rows] = _device.From(tiled);
    }
}
