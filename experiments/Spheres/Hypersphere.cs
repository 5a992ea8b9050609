namespace PoseEngine.Experiments.Spheres;

/// <summary>The constraints of Eq. 16, which bind the parameters themselves: C_i(w) = ||w - c_i|| - R, with centres c_i = s z_i in the rows
/// of a matrix z [N,d], which constraints of several scales s may share. The gradient at a centre is 0.</summary>
/// <exception cref="ArgumentOutOfRangeException">The scale or the radius is negative or not finite.</exception>
internal sealed record Hypersphere<T>(ComputeDevice<T> Device, Tensor<T> Centres, double Scale, double Radius)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>s.</summary>
    public double Scale { get; } = Checked(Scale, "the scale of the centres");

    /// <summary>R.</summary>
    public double Radius { get; } = Checked(Radius, "the radius");

    /// <summary>N.</summary>
    public int Count => Centres.Shape[0];

    public IHypersphereKernels<T> Kernels { get; } = Hyperspheres<T>.On(Device);

    public SphereRows<T> Rows(Tensor<int> rows) => new(Centres, rows, Radius);

    private static double Checked(double value, string what) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"{what} must be a finite number of at least 0, got {value}");
}

/// <summary>S_ij = (w - c_i).(w - c_j) / (n_i n_j) of active spheres, from the distances n and the products of the centres by the law of
/// cosines: no pass over the centres. The gradient at a centre is 0.</summary>
/// <param name="product">c_i . c_j.</param>
internal sealed class HypersphereGram<T>(HypersphereFunction<T> function, Func<int, int, double> product) : GramMatrix
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Form(Span<double> s, CancellationToken cancellation = default)
    {
        var (n, active) = (function.Distances.ToArray(), function.Active.ToArray());
        for (var i = 0; i < n.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var ownI = product(active[i], active[i]);
            for (var j = 0; j <= i; j++)
            {
                var apart = ownI + product(active[j], active[j]) - (2 * product(active[i], active[j]));
                var inner = ((n[i] * n[i]) + (n[j] * n[j]) - apart) / 2;
                s[(i * n.Length) + j] = s[(j * n.Length) + i] = n[i] == 0 || n[j] == 0 ? 0 : inner / (n[i] * n[j]);
            }
        }
    }
}
