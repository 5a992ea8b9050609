namespace PoseEngine.Experiments.Spheres;

/// <summary>
/// S_ij = (w - c_i).(w - c_j) / (n_i n_j) of active spheres, from the distances n and the products of the centres by the law
/// of cosines: no pass over the centres. The gradient at a centre is 0.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="function">C at its current point.</param>
/// <param name="product">c_i . c_j.</param>
internal sealed class HypersphereGram<T>(HypersphereFunction<T> function, Func<int, int, double> product) : GramMatrix
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
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
