namespace PoseEngine.Experiments.Spheres;

/// <summary>
/// Spheres of one radius R around centres c_i = s z_i, the rows of a matrix z times a scale s (Eq. 16), for chosen rows i:
/// <code>
/// value    n_i  = ||w - c_i||;   C_i = n_i - R
/// R-op     dC_i = (w - c_i).dw / n_i
/// L-op     uw   = sum_i u_i (w - c_i) / n_i
/// </code>
/// The gradient at a centre is 0. For n, differences are formed before they are squared, and everything is summed in float64
/// in an order that depends on sizes alone: C_i is as exact as w and z are, however near its sphere w is.
/// </summary>
internal interface IHypersphereKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Points that one pass over the centres serves, at most.</summary>
    const int MostPoints = 4;

    /// <summary>The distances n and violations C of P points, each with a scale of its own, in one pass over the centres.</summary>
    /// <param name="scales">s for each point, one to <see cref="MostPoints"/>.</param>
    /// <param name="points">w [P,d].</param>
    /// <param name="distances">n [P,m], overwritten.</param>
    /// <param name="values">C [P,m], overwritten.</param>
    void Forward(in SphereRows<T> spheres, ReadOnlySpan<double> scales, Tensor<T> points, Tensor<double> distances, Tensor<T> values);

    /// <summary>The directional derivative dC [m] at w in direction dw, both [d], given the distances n [m].</summary>
    void Rop(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> dw, Tensor<T> dc);

    /// <summary>The adjoint uw [d] of w, overwritten, for weights u [m], given the distances n [m].</summary>
    void Lop(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> u, Tensor<T> uw);

    /// <summary>R-op and L-op with the same bits as alone; a device may read the centres once for both.</summary>
    void Products(in SphereRows<T> spheres, double scale, Tensor<T> w, Tensor<double> distances, Tensor<T> dw, Tensor<T> u, Tensor<T> dc, Tensor<T> uw)
    {
        Lop(spheres, scale, w, distances, u, uw);
        Rop(spheres, scale, w, distances, dw, dc);
    }
}

/// <summary>Spheres around chosen rows of a matrix of centres.</summary>
/// <param name="Centres">z [N,d].</param>
/// <param name="Rows">The m chosen rows of z, in any order.</param>
/// <param name="Radius">R.</param>
internal readonly record struct SphereRows<T>(Tensor<T> Centres, Tensor<int> Rows, double Radius)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>d, the length of a centre.</summary>
    public int Dimension => Centres.Count / Math.Max(Centres.Shape[0], 1);

    /// <summary>Throws unless points, distances and values of so many points have the sizes that belong to these spheres.</summary>
    /// <exception cref="ArgumentException">A size differs, or there are too many points.</exception>
    public void CheckPoints(int pointCount, Tensor<T> points, Tensor<double> distances, Tensor<T> values)
    {
        if (pointCount is < 1 or > IHypersphereKernels<T>.MostPoints) throw new ArgumentException($"hyperspheres serve 1 to {IHypersphereKernels<T>.MostPoints} points at once, got {pointCount}", nameof(pointCount));
        Expect(points.Count, (long)pointCount * Dimension, "points");
        Expect(distances.Count, (long)pointCount * Rows.Count, "distances");
        Expect(values.Count, (long)pointCount * Rows.Count, "values");
    }

    /// <summary>The same for a product: two vectors of parameters, and distances and weights of the rows.</summary>
    /// <exception cref="ArgumentException">A size differs.</exception>
    public void CheckProduct(Tensor<T> w, Tensor<double> distances, Tensor<T> vector, Tensor<T> rows)
    {
        Expect(w.Count, Dimension, "point");
        Expect(vector.Count, Dimension, "direction or adjoint");
        Expect(distances.Count, Rows.Count, "distances");
        Expect(rows.Count, Rows.Count, "rows");
    }

    private static void Expect(long actual, long expected, string what)
    {
        if (actual != expected) throw new ArgumentException($"hyperspheres: the {what} expects {expected}, got {actual}");
    }
}
