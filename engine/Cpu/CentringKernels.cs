using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="ICentringKernels{T}"/> on the CPU, a part a row.</summary>
internal sealed unsafe class CentringKernels<T>(CpuContext context) : ICentringKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Centre(Tensor<int> groupings, Tensor<int> groupingOf, Tensor<T> c)
    {
        var samples = ICentringKernels<T>.CountSamples(groupings, groupingOf, c);
        if (samples == 0) return;
        var work = new CentringWork<T>(groupings.Pointer(), groupingOf.Pointer(), c.Pointer(), samples, groupingOf.Count);
        context.Pool.Run(work, groupingOf.Count);
    }
}

/// <summary>All groups of one row.</summary>
internal readonly unsafe struct CentringWork<T>(int* groupings, int* groupingOf, T* c, int samples, int rows) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        if (groupingOf[part] < 0) return;
        var order = groupings + ((long)groupingOf[part] * SampleGroups.Length(samples));
        var begins = order + samples;
        for (var g = 0; begins[g] < samples; g++) Centre(order + begins[g], begins[g + 1] - begins[g], c + part);
    }

    private void Centre(int* members, int count, T* row)
    {
        var sum = 0.0;
        for (var i = 0; i < count; i++) sum += double.CreateTruncating(row[(long)members[i] * rows]);
        var mean = sum / count;
        for (var i = 0; i < count; i++)
        {
            var value = row + ((long)members[i] * rows);
            *value = T.CreateTruncating(double.CreateTruncating(*value) - mean);
        }
    }
}
