using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// What <see cref="IMinresQlpKernels{T}"/> of a device offer beside, where it repeats a cycle of iterations without the host: a whole
/// solve is given to it together with the work behind, and the host waits once for all.
/// </summary>
public interface ISolvesAhead<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether a cycle can be launched; not before it has run once.</summary>
    bool CanLaunch(IMinresQlpState state, IRecording cycle);

    /// <summary><see cref="IMinresQlpKernels{T}.Start"/> with an M that the device finds out by itself.</summary>
    void Start(IMinresQlpState state, in MinresQlpSettings settings, in TraceWeights weights, Tensor<T> b, Tensor<T> z);

    /// <summary>
    /// Gives the device all iterations at once. They end with a whole cycle: only where the last one of a cycle was the last of all
    /// are its directions still to be updated. From here on until <see cref="Await"/> returns the watch's token ends them.
    /// </summary>
    void Launch(IMinresQlpState state, IRecording cycle, ISolveWatch watch);

    /// <summary>Waits for the iterations and all that was given to the device since, and looks at the watch meanwhile.</summary>
    void Await(IMinresQlpState state, ISolveWatch watch);
}

/// <summary>
/// M = diag(h I, s I) of a KKT system whose numbers are on the device: s = trace(A A^T) / (N_C h), the trace the mean of the probes
/// ||A^T z_i||^2, and h = max(weight, curvature / spread) with the curvature g^T G g / ||g||^2 of a Gauss-Newton matrix.
/// </summary>
/// <param name="Split">N_P, the length of the first block.</param>
/// <param name="Rows">N_C.</param>
/// <param name="Weight">The weight of the identity in H.</param>
/// <param name="Probes">The probes' results.</param>
public readonly record struct TraceWeights(int Split, int Rows, double Weight, Tensor<double> Probes)
{
    /// <summary>How far the curvature may exceed h; <see cref="Curvature"/> and <see cref="Gradient"/> are absent where it does not matter.</summary>
    public double Spread { get; init; }

    /// <summary>g^T G g [1], or absent.</summary>
    public Tensor<double> Curvature { get; init; }

    /// <summary>||g||^2 [1].</summary>
    public Tensor<double> Gradient { get; init; }

    /// <summary>The curvature; 0 where it is no number.</summary>
    public static double Ratio(double curvature, double gradient)
    {
        var ratio = curvature / gradient;
        return double.IsFinite(ratio) ? ratio : 0;
    }

    /// <summary>h.</summary>
    public static double Size(double weight, double curvature, double spread) => Math.Max(weight, curvature / spread);

    /// <summary>The mean of the probes.</summary>
    public static double Trace(ReadOnlySpan<double> probes)
    {
        var trace = 0.0;
        foreach (var probe in probes) trace += probe / probes.Length;
        return trace;
    }

    /// <summary>
    /// s. Without any dependence on w (a trace of 0) every scale serves. One that overflows, or NaN, is the solver's to report: it
    /// meets the same numbers and names the iteration.
    /// </summary>
    public static double Scale(double trace, int rows, double size)
    {
        var scale = trace / (rows * size);
        return scale > 0 && double.IsFinite(scale) ? scale : 1;
    }
}
