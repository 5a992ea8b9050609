using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="ILimbSymmetryKernels{T}"/> on the CPU: a few hundred numbers, so one thread and plain loops.</summary>
internal sealed unsafe class LimbSymmetryKernels<T> : ILimbSymmetryKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Forward(Tensor<int> joints, Tensor<T> y, Tensor<T> c)
    {
        var (samples, width, rows) = Sizes(joints, y, c);
        for (var k = 0; k < samples; k++)
        {
            var sample = y.Pointer() + (k * width);
            for (var j = 0; j < rows; j++)
            {
                var joint = joints.Pointer() + (4 * j);
                c.Pointer()[(k * rows) + j] =
                    Limb(sample, joint[0], joint[1]).Length - Limb(sample, joint[2], joint[3]).Length;
            }
        }
    }

    public void Rop(Tensor<int> joints, Tensor<T> y, Tensor<T> dy, Tensor<T> dc)
    {
        var (samples, width, rows) = Sizes(joints, y, dc);
        Guard.Equal(dy.Count, y.Count, "the direction of the outputs");
        for (var k = 0; k < samples; k++)
        {
            var sample = y.Pointer() + (k * width);
            var direction = dy.Pointer() + (k * width);
            for (var j = 0; j < rows; j++)
            {
                var joint = joints.Pointer() + (4 * j);
                dc.Pointer()[(k * rows) + j] =
                    Limb(sample, joint[0], joint[1]).Along(Difference(direction, joint[0], joint[1]))
                    - Limb(sample, joint[2], joint[3]).Along(Difference(direction, joint[2], joint[3]));
            }
        }
    }

    public void Lop(Tensor<int> joints, Tensor<T> y, Tensor<T> u, Tensor<T> uy)
    {
        var (samples, width, rows) = Sizes(joints, y, u);
        Guard.Equal(uy.Count, y.Count, "the adjoint of the outputs");
        new Span<T>(uy.Pointer(), uy.Count).Clear();
        for (var k = 0; k < samples; k++)
        {
            var sample = y.Pointer() + (k * width);
            var adjoint = uy.Pointer() + (k * width);
            for (var j = 0; j < rows; j++)
            {
                var joint = joints.Pointer() + (4 * j);
                var weight = u.Pointer()[(k * rows) + j];
                AddAlong(adjoint, Limb(sample, joint[0], joint[1]), weight, joint[0], joint[1]);
                AddAlong(adjoint, Limb(sample, joint[2], joint[3]), -weight, joint[2], joint[3]);
            }
        }
    }

    private static (int Samples, int Width, int Rows) Sizes(Tensor<int> joints, Tensor<T> y, Tensor<T> c)
    {
        var samples = y.Shape[0];
        var rows = joints.Shape[0];
        var width = y.Count / Math.Max(samples, 1);
        Guard.Equal(joints.Shape[1], 4, "a constraint's joints");
        Guard.Equal(c.Count, samples * rows, "limb symmetry rows");
        foreach (var joint in new ReadOnlySpan<int>(joints.Pointer(), joints.Count))
        {
            if (joint < 0 || 3 * (joint + 1L) > width)
            {
                throw new ArgumentException($"limb symmetry names joint {joint}, outputs of {width} values hold joints 0 to {(width / 3) - 1}");
            }
        }
        return (samples, width, rows);
    }

    private static (T X, T Y, T Z) Difference(T* y, int a, int b)
        => (y[3 * a] - y[3 * b], y[(3 * a) + 1] - y[(3 * b) + 1], y[(3 * a) + 2] - y[(3 * b) + 2]);

    private static Segment Limb(T* y, int a, int b) => new(Difference(y, a, b));

    private static void AddAlong(T* adjoint, Segment limb, T weight, int a, int b)
    {
        var (x, y, z) = limb.Unit;
        adjoint[3 * a] += weight * x;
        adjoint[(3 * a) + 1] += weight * y;
        adjoint[(3 * a) + 2] += weight * z;
        adjoint[3 * b] -= weight * x;
        adjoint[(3 * b) + 1] -= weight * y;
        adjoint[(3 * b) + 2] -= weight * z;
    }

    /// <summary>A limb's length and direction; the direction of a limb without length is 0.</summary>
    private readonly struct Segment
    {
        public Segment((T X, T Y, T Z) d)
        {
            Length = T.Sqrt((d.X * d.X) + (d.Y * d.Y) + (d.Z * d.Z));
            Unit = Length == T.Zero ? default : (d.X / Length, d.Y / Length, d.Z / Length);
        }

        public T Length { get; }

        public (T X, T Y, T Z) Unit { get; }

        public T Along((T X, T Y, T Z) v) => (Unit.X * v.X) + (Unit.Y * v.Y) + (Unit.Z * v.Z);
    }
}
