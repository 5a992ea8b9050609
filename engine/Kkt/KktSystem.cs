using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// A KKT system, never formed:
/// <code>
/// [ H   A^T ] [ dw     ]   [ -g ]
/// [ A  -d I ] [ Lambda ] = [ -C ],    A = dC/dw,  g = dR/dw
/// </code>
/// with the metric H of Eq. 5, 6 or 12, which is all in which they differ, and d = 0 in the paper. Its product is one R-op
/// and one L-op of the constraints and a product with H. A system owns its scratch memory, not the functions that it is made of.
/// </summary>
/// <remarks>
/// With <see cref="Damping"/> d above 0 the system has one solution whatever the rank of A and however the constraints
/// contradict each other. It is the Gauss-Newton step of the soft objective of Eq. 3, R + lambda ||C||^2 with
/// lambda = 1 / (2 d) and H in the place of R's Hessian: put Lambda = (C + A dw) / d into the first row.
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
public abstract class KktSystem<T> : LinearOperator<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Random vectors that estimate trace(A A^T); any estimate gives the same solution.</summary>
    public const int TraceProbes = 2;

    private readonly DifferentiableFunction<T> _constraint;
    private readonly T[] _signs;
    private Tensor<T> _minusDamping;
    private Tensor<T> _damped;
    private double _damping;

    /// <summary>The system of a constraint function at its current point.</summary>
    /// <param name="device">Where it is applied.</param>
    /// <param name="constraint">C with N_C rows over N_P parameters.</param>
    /// <exception cref="NotSupportedException">The device rounds products.</exception>
    protected KktSystem(ComputeDevice<T> device, DifferentiableFunction<T> constraint)
    {
        device.WantExactProducts("a KKT system");
        (Device, _constraint) = (device, constraint);
        _signs = new T[TraceProbes * constraint.RowCount];
    }

    /// <summary>The weight of the identity in H.</summary>
    public abstract double Weight { get; }

    /// <summary>h, the size of H that preconditioners and the multipliers' scale take.</summary>
    public virtual double MetricSize => Weight;

    /// <summary>Where it is applied.</summary>
    protected ComputeDevice<T> Device { get; }

    /// <inheritdoc/>
    public override int Size => _constraint.ParameterCount + _constraint.RowCount;

    /// <summary>C in the unknowns of the system.</summary>
    internal DifferentiableFunction<T> Constraint => _constraint;

    /// <summary>N_C, the number of constraint rows.</summary>
    public int RowCount => _constraint.RowCount;

    /// <inheritdoc/>
    public override bool IsSymmetric => true;

    /// <inheritdoc/>
    public override bool CanRecord => _constraint.CanRecord;

    /// <inheritdoc/>
    public override long MemoryVersion => _constraint.MemoryVersion + (_damped.IsAbsent ? 0 : 1);

    /// <summary>
    /// d of the second block, 0 unless set. It lies on the device, so that recordings of products stay valid as it changes;
    /// only the first one above 0 makes them anew, unless <see cref="AllowDamping"/> went before.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double Damping
    {
        get => _damping;
        set
        {
            Guard.NotNegative(value, "the damping of a KKT system");
            if (value == _damping) return;
            AllowDamping();
            _damping = value;
            Device.Vectors.Fill(_minusDamping, T.CreateTruncating(-value));
        }
    }

    /// <summary>Takes the memory of damping, two vectors [N_C].</summary>
    public void AllowDamping()
    {
        if (!_damped.IsAbsent) return;
        _minusDamping = Device.Zeros(RowCount);
        _damped = Device.Zeros(RowCount);
    }

    /// <summary>The part of a vector that belongs to dw, [N_P].</summary>
    public Tensor<T> Step(Tensor<T> v) => v.Slice(0, _constraint.ParameterCount);

    /// <summary>The part of a vector that belongs to the multipliers Lambda, [N_C].</summary>
    public Tensor<T> Multipliers(Tensor<T> v) => v.Slice(_constraint.ParameterCount, _constraint.RowCount);

    /// <summary>Algorithms 1 and 2: (H v1 + Lop(C, v2), Rop(C, v1) - d v2).</summary>
    /// <inheritdoc/>
    public sealed override void Apply(Tensor<T> x, Tensor<T> y)
    {
        var (v1, a) = (Step(x), Step(y));
        var (v2, b) = (Multipliers(x), Multipliers(y));
        _constraint.Products(v1, v2, b, a);
        AddMetric(v1, a);
        if (_damped.IsAbsent) return;
        Device.Vectors.Multiply(_minusDamping, v2, _damped);
        Device.Vectors.Axpy(1, _damped, b);
    }

    /// <summary>Writes the right-hand side (-g, -C).</summary>
    /// <param name="gradient">g [N_P].</param>
    /// <param name="b">[N_P + N_C], overwritten.</param>
    public virtual void RightHandSide(Tensor<T> gradient, Tensor<T> b)
    {
        Device.Vectors.Scale(-1, gradient, Step(b));
        Device.Vectors.Scale(-1, _constraint.Value, Multipliers(b));
    }

    /// <summary>Gives the scratch memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what a system holds of its own; called once or more.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (_damped.IsAbsent) return;
        _minusDamping.Storage.Dispose();
        _damped.Storage.Dispose();
    }

    /// <summary>a = a + H v1.</summary>
    protected abstract void AddMetric(Tensor<T> v1, Tensor<T> a);

    /// <summary>
    /// The scale of the multiplier block of M = diag(h I, s I), h the size of H: s = trace(A A^T) / (N_C h), which brings both
    /// blocks to one size. The trace is estimated from a few random sign vectors z by E ||A^T z||^2 (Hutchinson 1990).
    /// M commutes with the projector onto the null space, so the minimum-length solution does not depend on s.
    /// </summary>
    /// <param name="generator">Where the signs come from.</param>
    /// <param name="signs">Scratch [<see cref="TraceProbes"/> N_C].</param>
    /// <param name="parameters">Scratch [N_P].</param>
    /// <param name="results">Scratch [<see cref="TraceProbes"/>].</param>
    public double MultiplierScale(
        RandomGenerator generator, Tensor<T> signs, Tensor<T> parameters, Tensor<double> results)
    {
        DrawSigns(generator, signs);
        Probe(signs, parameters, results);
        return MultiplierScale(results.ToArray());
    }

    /// <summary>The first of three parts of the scale: the sign vectors, drawn on the host.</summary>
    /// <param name="generator">Where they come from.</param>
    /// <param name="signs">[<see cref="TraceProbes"/> N_C], one vector behind the other.</param>
    public void DrawSigns(RandomGenerator generator, Tensor<T> signs)
    {
        Guard.Equal(signs.Count, TraceProbes * _constraint.RowCount, "the sign vectors");
        foreach (ref var sign in _signs.AsSpan()) sign = (generator.NextUInt() & 1) == 0 ? T.One : -T.One;
        signs.CopyFrom(_signs);
    }

    /// <summary>The second part, which the device does alone: result_i = ||A^T z_i||^2.</summary>
    /// <param name="signs">The vectors z_i.</param>
    /// <param name="parameters">Scratch [N_P].</param>
    /// <param name="results">[<see cref="TraceProbes"/>], overwritten.</param>
    public void Probe(Tensor<T> signs, Tensor<T> parameters, Tensor<double> results)
    {
        var rows = _constraint.RowCount;
        for (var probe = 0; probe < TraceProbes; probe++)
        {
            _constraint.Lop(signs.Slice(probe * rows, rows), parameters);
            Device.Vectors.Dot(parameters, parameters, results.Slice(probe, 1));
        }
    }

    /// <summary>The third part: the scale from the results of the probes.</summary>
    public double MultiplierScale(ReadOnlySpan<double> results) => MultiplierScale(TraceWeights.Trace(results));

    /// <summary>The scale from trace(A A^T), which is the mean diagonal of A H^-1 A^T where H = h I.</summary>
    public double MultiplierScale(double trace) => TraceWeights.Scale(trace, _constraint.RowCount, MetricSize);

    /// <summary>The preconditioner's weights by numbers that are still on the device, the size of H among them.</summary>
    /// <param name="probes">What <see cref="Probe"/> has written.</param>
    internal virtual TraceWeights WeightsBy(Tensor<double> probes) => new(_constraint.ParameterCount, _constraint.RowCount, Weight, probes);
}
