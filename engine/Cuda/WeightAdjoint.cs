namespace PoseEngine.Cuda;

/// <summary>
/// The two launches of <c>kernels/weight_adjoint.cuh</c>: float64 partial sums of a fixed number of blocks, then their sum.
/// </summary>
internal static class WeightAdjoint
{
    /// <summary>Work memory for the partial sums of a batch.</summary>
    public static ulong Sums(CudaContext context, ConvolutionTiling tiling, int batch)
        => context.Scratch("convolution weight sums", (long)tiling.PartCount(batch) * tiling.SumsPerPart * sizeof(double));

    /// <summary>Launches both kernels.</summary>
    /// <param name="tiling">How the convolution is cut.</param>
    /// <param name="batch">The number of samples.</param>
    /// <param name="part">The kernel that leaves partial sums.</param>
    /// <param name="begun">Its arguments up to the partial sums.</param>
    /// <param name="total">The kernel that adds them.</param>
    /// <param name="sums">Where they are kept in between.</param>
    /// <param name="weight">The weight's adjoint, overwritten.</param>
    /// <param name="bias">The bias's adjoint, overwritten.</param>
    public static void Launch(
        ConvolutionTiling tiling, int batch, CudaKernel part, scoped in KernelArguments begun, CudaKernel total, ulong sums,
        ulong weight, ulong bias)
    {
        var partial = begun;
        partial.Add(sums);
        partial.Add(checked(batch * tiling.TilesPerSample));
        part.Launch(tiling.PartShape(batch), partial);
        var sum = new KernelArguments();
        sum.Add(sums);
        sum.Add(weight);
        sum.Add(bias);
        sum.Add(tiling.PartCount(batch));
        total.Launch(LaunchShape.ColumnSums(tiling.SumsPerPart), sum);
    }
}
