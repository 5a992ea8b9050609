using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// Samples on the device, as functions of w take them: a minibatch of D or an active set of C. A function reads what it
/// needs and ignores the rest; <c>default</c> stands for no samples at all.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Inputs">Network inputs, numbers [N, ...] or images [N,H,W,C].</param>
/// <param name="Targets">Targets [N, outputs] in units of the network's outputs; constraints ignore them.</param>
public readonly record struct Batch<T>(NetworkInput<T> Inputs, Tensor<T> Targets)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Per-sample constants [N, K] of constraints c(x, y) and losses, absent where none reads any.</summary>
    public Tensor<T> Columns { get; init; }

    /// <summary>
    /// K groupings of the samples [K, 2 N + 1], as <see cref="SampleGroups"/> lays them out, in the order in which the rows
    /// of the constraint name their columns; absent where no row binds samples together.
    /// </summary>
    public Tensor<int> Groups { get; init; }

    /// <summary>Which samples these are [N], for functions that look them up by themselves; absent where none does.</summary>
    public Tensor<int> Samples { get; init; }

    /// <summary>N, the number of samples.</summary>
    public int Count => Samples.IsAbsent ? (Inputs.IsAbsent ? 0 : Inputs.Samples) : Samples.Count;

    /// <summary>Whether both lie in the same memory, so that recorded work on one serves the other.</summary>
    public bool IsSameMemory(in Batch<T> other)
        => Inputs.IsSameMemory(other.Inputs) && Targets.IsSameMemory(other.Targets)
            && Columns.IsSameMemory(other.Columns) && Samples.IsSameMemory(other.Samples)
            && Groups.IsSameMemory(other.Groups);
}
