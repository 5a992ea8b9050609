using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Expressions;

/// <summary>A device's way to nearest points on rows of text: <c>device.Family&lt;IProjectionKernels&lt;T&gt;&gt;()</c>.</summary>
/// <typeparam name="T">The number type of the outputs; all work is done in float64.</typeparam>
public interface IProjectionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Prepares rows for the device; what it needs there lives as long as the device.</summary>
    /// <exception cref="NotSupportedException">The device takes no rows of this size; the message names the limit.</exception>
    ICompiledProjection<T> Compile(ProjectionProgram program);
}

/// <summary>
/// The nearest points of N samples and what products with the projection's derivative need, on the device: nothing is
/// allocated after construction.
/// </summary>
/// <param name="Points">y in float64 [N, outputs].</param>
/// <param name="Columns">The samples' columns in float64 [N, columns], absent where there are none.</param>
/// <param name="Multipliers">lambda [N, J].</param>
/// <param name="Exits">A <see cref="ProjectionExit"/> for each sample [N].</param>
/// <param name="Rounds">The evaluations that each sample took [N].</param>
public readonly record struct ProjectedSamples(
    Tensor<double> Points, Tensor<double> Columns, Tensor<double> Multipliers, Tensor<int> Exits, Tensor<int> Rounds)
{
    /// <summary>N.</summary>
    public int Count => Exits.Count;
}

/// <summary>Rows made ready for one device. Both functions may be recorded; they give the same bits for any number of threads.</summary>
/// <typeparam name="T">The number type of the outputs.</typeparam>
public interface ICompiledProjection<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Finds the nearest points.</summary>
    /// <param name="target">yhat [N, outputs].</param>
    /// <param name="columns">x [N, columns], absent where the rows read none.</param>
    /// <param name="samples">Overwritten.</param>
    /// <param name="y">The nearest points, rounded [N, outputs], overwritten; not yhat.</param>
    void Project(Tensor<T> target, Tensor<T> columns, in ProjectedSamples samples, Tensor<T> y);

    /// <summary>result = dy/dyhat v, which is the same as v^T dy/dyhat, at the points that were found.</summary>
    /// <param name="samples">What <see cref="Project"/> left.</param>
    /// <param name="v">[N, outputs].</param>
    /// <param name="result">[N, outputs], overwritten; not v.</param>
    void Product(in ProjectedSamples samples, Tensor<T> v, Tensor<T> result);
}
