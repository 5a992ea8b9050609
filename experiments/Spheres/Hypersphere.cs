namespace PoseEngine.Experiments.Spheres;

/// <summary>
/// The constraints of Eq. 16, which bind the parameters themselves: C_i(w) = ||w - c_i|| - R, with centres c_i = s z_i in
/// the rows of a matrix. The gradient at a centre is 0.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class Hypersphere<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IHypersphereKernels<T> _kernels;
    private readonly Tensor<T> _centres;
    private readonly double _scale;

    /// <summary>Spheres around the rows of a matrix.</summary>
    /// <param name="device">Where the centres are.</param>
    /// <param name="centres">z [N,d], which constraints of several scales may share.</param>
    /// <param name="scale">s.</param>
    /// <param name="radius">R.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale or the radius is negative or not finite.</exception>
    public Hypersphere(ComputeDevice<T> device, Tensor<T> centres, double scale, double radius)
    {
        CheckLength(scale, "the scale of the centres");
        CheckLength(radius, "the radius");
        _kernels = Hyperspheres<T>.On(device);
        (Device, _centres, _scale, Radius) = (device, centres, scale, radius);
    }

    /// <summary>Where the centres are.</summary>
    public ComputeDevice<T> Device { get; }

    /// <summary>N.</summary>
    public int Count => _centres.Shape[0];

    /// <summary>d.</summary>
    public int Dimension => Rows(default).Dimension;

    /// <summary>R.</summary>
    public double Radius { get; }

    /// <summary>Writes the distances n and the values C, both [m], at w [d] for m chosen spheres.</summary>
    public void Evaluate(Tensor<int> rows, Tensor<T> w, Tensor<double> distances, Tensor<T> values)
        => _kernels.Forward(Rows(rows), [_scale], w, distances, values);

    /// <summary>R-op at w: dC [m] in direction dw [d], given the distances.</summary>
    public void Rop(Tensor<int> rows, Tensor<T> w, Tensor<double> distances, Tensor<T> dw, Tensor<T> dc)
        => _kernels.Rop(Rows(rows), _scale, w, distances, dw, dc);

    /// <summary>L-op at w: the adjoint uw [d], overwritten, for weights u [m], given the distances.</summary>
    public void Lop(Tensor<int> rows, Tensor<T> w, Tensor<double> distances, Tensor<T> u, Tensor<T> uw)
        => _kernels.Lop(Rows(rows), _scale, w, distances, u, uw);

    /// <summary>Both products in one pass over the centres where the device has one.</summary>
    public void Products(
        Tensor<int> rows, Tensor<T> w, Tensor<double> distances, Tensor<T> dw, Tensor<T> u, Tensor<T> dc, Tensor<T> uw)
        => _kernels.Products(Rows(rows), _scale, w, distances, dw, u, dc, uw);

    private static void CheckLength(double value, string what)
    {
        if (!(value >= 0) || double.IsInfinity(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, $"{what} must be a finite number of at least 0, got {value}");
        }
    }

    private SphereRows<T> Rows(Tensor<int> rows) => new(_centres, rows, Radius);
}
