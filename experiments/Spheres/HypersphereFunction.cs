namespace PoseEngine.Experiments.Spheres;

/// <summary>C(w) of Eq. 16 over an active set of spheres.</summary>
internal sealed class HypersphereFunction<T> : ConstraintFunction<T>, IGramRows
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Hypersphere<T> _spheres;
    private readonly Func<int, int, double>? _product;
    private readonly Workspace<T> _memory;
    private readonly Tensor<int> _own;
    private Tensor<T> _w;
    private long _version;

    /// <summary>Constraints on active sets of so many spheres, 0 to all; <see cref="MoveTo(Tensor{T}, ReadOnlySpan{int})"/> gives them a value.</summary>
    /// <param name="product">c_i . c_j of two spheres, from which the Gram matrix is made; null where nobody wants it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer spheres than that.</exception>
    public HypersphereFunction(Hypersphere<T> spheres, int activeCount, Func<int, int, double>? product = null)
    {
        if (activeCount < 0 || activeCount > spheres.Count)
        {
            throw new ArgumentOutOfRangeException(nameof(activeCount), activeCount, $"an active set has 0 to {spheres.Count} spheres, got {activeCount}");
        }
        (_spheres, _product, _memory) = (spheres, product, new Workspace<T>(spheres.Device));
        _own = _memory.Zeros<int>(new Shape(activeCount));
        Distances = _memory.Zeros<double>(new Shape(activeCount));
        Value = _memory.Zeros(activeCount);
    }

    public override int Samples => RowCount;
    public override int RowCount => Value.Count;
    public override int ParameterCount => _spheres.Rows(default).Dimension;
    public override Tensor<T> Value { get; }

    /// <summary>The active spheres of the last move [RowCount].</summary>
    public Tensor<int> Active { get; private set; }

    /// <summary>||w - c_i|| of the active spheres, [RowCount].</summary>
    public Tensor<double> Distances { get; }

    public override bool CanRecord => true;
    public override long MemoryVersion => _version;

    /// <summary>Evaluates C of an active set at a point.</summary>
    /// <param name="w">The point [d]. It is not copied: it must stay as it is for as long as products are taken.</param>
    /// <param name="active">The spheres, [RowCount], which give the rows their order.</param>
    /// <exception cref="ArgumentException">The sizes differ, or a sphere does not exist.</exception>
    public void MoveTo(Tensor<T> w, ReadOnlySpan<int> active)
    {
        foreach (var sphere in active)
        {
            if (sphere < 0 || sphere >= _spheres.Count) throw new ArgumentException($"sphere {sphere} is active, there are spheres 0 to {_spheres.Count - 1}", nameof(active));
        }
        _own.CopyFrom(active);
        MoveTo(w, new Batch<T> { Samples = _own });
    }

    /// <summary>The same for spheres whose numbers <see cref="Batch{T}.Samples"/> are on the device, where nobody checks them.</summary>
    public override void MoveTo(Tensor<T> w, Batch<T> active)
    {
        if (active.Count != RowCount) throw new ArgumentException($"{active.Count} spheres are active, the function has {RowCount} rows", nameof(active));
        if (!_w.IsSameMemory(w) || !Active.IsSameMemory(active.Samples)) _version++;
        (_w, Active) = (w, active.Samples);
        _spheres.Kernels.Forward(_spheres.Rows(Active), [_spheres.Scale], w, Distances, Value);
    }

    public override void Rop(Tensor<T> v, Tensor<T> result) => _spheres.Kernels.Rop(_spheres.Rows(Active), _spheres.Scale, _w, Distances, v, result);

    public override void Lop(Tensor<T> u, Tensor<T> result) => _spheres.Kernels.Lop(_spheres.Rows(Active), _spheres.Scale, _w, Distances, u, result);

    public override void Products(Tensor<T> v, Tensor<T> u, Tensor<T> rop, Tensor<T> lop)
        => _spheres.Kernels.Products(_spheres.Rows(Active), _spheres.Scale, _w, Distances, v, u, rop, lop);

    public GramMatrix CreateGram() => new HypersphereGram<T>(
        this, _product ?? throw new NotSupportedException("gram: these spheres were given no products of their centres"));

    protected override void Dispose(bool disposing)
    {
        _memory.Dispose();
        base.Dispose(disposing);
    }
}
