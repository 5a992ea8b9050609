using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IMaxPoolKernels{T}"/> on the CPU: one part a plane.</summary>
internal sealed unsafe class MaxPoolKernels<T>(CpuContext context) : IMaxPoolKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Forward(in MaxPoolGeometry geometry, Tensor<T> x, Tensor<T> y, Tensor<int> winners)
    {
        geometry.Check(x.Count, y.Count, winners.Count);
        var useVectors = context.UseSimd && MaxPoolVectors<T>.Fits(geometry);
        var work = new PoolForwardWork<T>(geometry, x.Pointer(), y.Pointer(), winners.Pointer(), useVectors);
        context.Pool.Run(work, geometry.Planes);
    }

    public void Rop(in MaxPoolGeometry geometry, Tensor<int> winners, Tensor<T> dx, Tensor<T> dy)
    {
        geometry.Check(dx.Count, dy.Count, winners.Count);
        context.Pool.Run(new PoolRopWork<T>(geometry, winners.Pointer(), dx.Pointer(), dy.Pointer()), geometry.Planes);
    }

    public void Lop(in MaxPoolGeometry geometry, Tensor<int> winners, Tensor<T> u, Tensor<T> ux)
    {
        geometry.Check(ux.Count, u.Count, winners.Count);
        context.Pool.Run(new PoolLopWork<T>(geometry, winners.Pointer(), u.Pointer(), ux.Pointer()), geometry.Planes);
    }
}

internal readonly unsafe struct PoolForwardWork<T>(MaxPoolGeometry geometry, T* x, T* y, int* winners, bool useVectors)
    : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var plane = x + ((long)part * geometry.InHeight * geometry.InWidth);
        var first = part * geometry.OutHeight * geometry.OutWidth;
        var vectors = new MaxPoolVectors<T>(geometry, plane, y + first, winners + first);
        for (var i = 0; i < geometry.OutHeight; i++)
        {
            if (!useVectors || !vectors.Row(i)) Row(plane, i, first + (i * geometry.OutWidth));
        }
    }

    private void Row(T* plane, int i, int q)
    {
        for (var j = 0; j < geometry.OutWidth; j++, q++)
        {
            winners[q] = FirstMaximum(plane, (i * geometry.Stride) - geometry.Padding, (j * geometry.Stride) - geometry.Padding);
            y[q] = plane[winners[q]];
        }
    }

    /// <summary>The place of the first maximum in row-major order, or of the first NaN.</summary>
    private int FirstMaximum(T* plane, int top, int left)
    {
        var (rowEnd, columnEnd) = (Math.Min(top + geometry.Window, geometry.InHeight), Math.Min(left + geometry.Window, geometry.InWidth));
        var best = -1;
        for (var row = Math.Max(top, 0); row < rowEnd; row++)
        {
            for (var column = Math.Max(left, 0); column < columnEnd; column++)
            {
                var place = (row * geometry.InWidth) + column;
                if (T.IsNaN(plane[place])) return place;
                if (best < 0 || plane[place] > plane[best]) best = place;
            }
        }
        return best;
    }
}

internal readonly unsafe struct PoolRopWork<T>(MaxPoolGeometry geometry, int* winners, T* dx, T* dy) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var plane = dx + ((long)part * geometry.InHeight * geometry.InWidth);
        var outputs = geometry.OutHeight * geometry.OutWidth;
        var first = part * outputs;
        for (var q = first; q < first + outputs; q++) dy[q] = plane[winners[q]];
    }
}

internal readonly unsafe struct PoolLopWork<T>(MaxPoolGeometry geometry, int* winners, T* u, T* ux) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var inputs = geometry.InHeight * geometry.InWidth;
        var plane = ux + ((long)part * inputs);
        var outputs = geometry.OutHeight * geometry.OutWidth;
        var first = part * outputs;
        new Span<T>(plane, inputs).Clear();
        for (var q = first; q < first + outputs; q++) plane[winners[q]] += u[q];
    }
}
