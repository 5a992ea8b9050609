using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kernels;

/// <summary>What the suites of all operator families share: a device, tolerances and the proofs of derivatives.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public abstract class KernelSuite<T>(IDeviceFactory devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private ComputeDevice<T>? _device;

    protected static bool IsDouble => typeof(T) == typeof(double);

    /// <summary>Rounding of sums of a few hundred terms, relative to their size.</summary>
    protected static double Rounding => IsDouble ? 1e-13 : 2e-5;

    protected static double AdjointTolerance => IsDouble ? 1e-12 : 1e-5;

    /// <summary>How far two implementations may be apart, relative to the largest element.</summary>
    protected static double ReferenceTolerance => IsDouble ? 1e-12 : 1e-5;

    protected ComputeDevice<T> Device => _device ?? throw new InvalidOperationException("no device");

    [OneTimeSetUp]
    public void OpenDevice() => _device = devices.Create<T>(2);

    [OneTimeTearDown]
    public void CloseDevice() => _device?.Dispose();

    [TearDown]
    public void AfterTest() => devices.AfterTest();

    /// <summary>A size, or a smaller one where each access is checked.</summary>
    protected int Sized(int full, int small) => devices.IsSlow ? small : full;

    protected static T Number(double value) => T.CreateTruncating(value);

    protected static T[] Numbers1(params double[] values) => [.. values.Select(T.CreateTruncating)];

    protected Tensor<T> From(Shape shape, params double[] values) => Device.From(Numbers1(values), shape);

    /// <summary>All proofs that hold for every operator.</summary>
    protected void Prove(Func<ComputeDevice<T>, OperatorCase<T>> create)
    {
        var operation = create(Device);
        operation.Forward();
        using (Assert.EnterMultipleScope())
        {
            AdjointIdentity(operation);
            Linearity(operation);
            if (IsDouble) CentralDifferences(operation);
            MatchesReference(create, operation);
            if (!devices.IsSlow) SameBitsForAnyThreads(create);
        }
    }

    /// <summary>A repeated computation leaves nothing for the garbage collector.</summary>
    protected static void AllocatesNothing(Action action)
    {
        for (var i = 0; i < 3; i++) action();
        Assert.That(Allocations.Of(action), Is.Zero, "bytes allocated by one call");
    }

    protected void AllocatesNothing(OperatorCase<T> operation)
    {
        var direction = operation.Directions(5);
        var dy = Device.Zeros(operation.Output.Shape);
        var adjoints = operation.LikeInputs();
        AllocatesNothing(() =>
        {
            operation.Forward();
            operation.Rop(direction, dy);
            operation.Lop(dy, adjoints);
        });
    }

    /// <summary>
    /// An absent direction of argument 0 counts as zero, and where its adjoint is not wanted the others keep their bits.
    /// </summary>
    protected void LeavesOutAbsentInputs(OperatorCase<T> operation)
    {
        operation.Forward();
        var direction = operation.Directions(3);
        direction[0].CopyFrom(new T[direction[0].Count]);
        var (with, without) = (Device.Zeros(operation.Output.Shape), Device.Zeros(operation.Output.Shape));
        operation.Rop(direction, with);
        direction[0] = default;
        operation.Rop(direction, without);
        Close(without, with, Rounding, "R-op without dx");
        var (all, some) = (operation.LikeInputs(), operation.LikeInputs());
        operation.Lop(with, all);
        some[0] = default;
        operation.Lop(with, some);
        using (Assert.EnterMultipleScope())
        {
            Same.Numbers<T>(some[1].ToArray(), all[1].ToArray());
            Same.Numbers<T>(some[2].ToArray(), all[2].ToArray());
        }
    }

    /// <summary>
    /// Products with views that begin anywhere in a longer vector give the bits of those with tensors of their own. Tensors
    /// have no strides, so that there are no other views.
    /// </summary>
    protected void ViewsGiveTheSameBits(OperatorCase<T> operation)
    {
        operation.Forward();
        var direction = operation.Directions(3);
        var (dy, dyView) = (Device.Zeros(operation.Output.Shape), Shifted(Device.Zeros(operation.Output.Shape)));
        operation.Rop(direction, dy);
        operation.Rop([.. direction.Select(Shifted)], dyView);
        var (adjoints, adjointViews) = (operation.LikeInputs(), operation.LikeInputs().Select(Shifted).ToArray());
        operation.Lop(dy, adjoints);
        operation.Lop(dyView, adjointViews);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(dyView.ToArray(), Is.EqualTo(dy.ToArray()), "R-op");
            for (var i = 0; i < adjoints.Length; i++) Assert.That(adjointViews[i].ToArray(), Is.EqualTo(adjoints[i].ToArray()), $"L-op {i}");
        }
    }

    /// <summary>A copy that begins one element behind the begin of its memory: vector loads find no boundary there.</summary>
    protected Tensor<T> Shifted(Tensor<T> tensor)
    {
        var view = Device.Zeros(tensor.Count + 1).Slice(1, tensor.Shape);
        view.CopyFrom(tensor.ToArray());
        return view;
    }

    protected static void Close(Tensor<T> actual, Tensor<T> expected, double tolerance, string what)
    {
        var (a, e) = (Numbers.Host(actual), Numbers.Host(expected));
        var scale = Math.Max(e.Select(Math.Abs).DefaultIfEmpty(0).Max(), 1e-3);
        var worst = a.Zip(e, (p, q) => Math.Abs(p - q)).DefaultIfEmpty(0).Max();
        Assert.That(worst / scale, Is.LessThanOrEqualTo(tolerance), what);
    }

    private static void AdjointIdentity(OperatorCase<T> operation)
    {
        var v = operation.Directions(11);
        var u = Numbers.Normal(operation.Device, operation.Output.Shape, 23);
        var dy = operation.Device.Zeros(operation.Output.Shape);
        var adjoints = operation.LikeInputs();
        operation.Rop(v, dy);
        operation.Lop(u, adjoints);
        var backward = adjoints.Zip(v, Numbers.Dot).Sum();
        var scale = Math.Max(Numbers.Norm(u) * Numbers.Norm(dy), 1e-3);
        Assert.That((Numbers.Dot(u, dy) - backward) / scale, Is.Zero.Within(AdjointTolerance), "<u, Rop v> - <Lop u, v>");
    }

    private static void Linearity(OperatorCase<T> operation)
    {
        var device = operation.Device;
        var (v, w) = (operation.Directions(31), operation.Directions(41));
        var sum = v.Zip(w, (p, q) => Numbers.Combine(device, 2, p, -3, q)).ToArray();
        var shape = operation.Output.Shape;
        var (dv, dw, dsum) = (device.Zeros(shape), device.Zeros(shape), device.Zeros(shape));
        operation.Rop(v, dv);
        operation.Rop(w, dw);
        operation.Rop(sum, dsum);
        Close(dsum, Numbers.Combine(device, 2, dv, -3, dw), 10 * Rounding, "linearity of the R-op");
        var (av, aw, asum) = (operation.LikeInputs(), operation.LikeInputs(), operation.LikeInputs());
        operation.Lop(dv, av);
        operation.Lop(dw, aw);
        operation.Lop(dsum, asum);
        for (var i = 0; i < av.Length; i++)
        {
            Close(asum[i], Numbers.Combine(device, 2, av[i], -3, aw[i]), 30 * Rounding, $"linearity of the L-op, argument {i}");
        }
    }

    private static void CentralDifferences(OperatorCase<T> operation)
    {
        const double h = 1e-5;
        var device = operation.Device;
        var v = operation.Directions(53);
        var dy = device.Zeros(operation.Output.Shape);
        operation.Rop(v, dy);
        var start = operation.Inputs.Select(input => input.ToArray()).ToArray();
        var plus = MovedOutput(operation, start, v, h);
        var minus = MovedOutput(operation, start, v, -h);
        MovedOutput(operation, start, v, 0);
        var quotient = plus.Zip(minus, (p, m) => T.CreateTruncating((p - m) / (2 * h))).ToArray();
        Close(dy, device.From(quotient, dy.Shape), 1e-6, "R-op against central differences");
    }

    private static double[] MovedOutput(OperatorCase<T> operation, T[][] start, Tensor<T>[] direction, double h)
    {
        for (var i = 0; i < start.Length; i++)
        {
            var d = Numbers.Host(direction[i]);
            operation.Inputs[i].CopyFrom(start[i].Select((x, k) => x + T.CreateTruncating(h * d[k])).ToArray());
        }
        operation.Forward();
        return Numbers.Host(operation.Output);
    }

    private static List<(string What, Tensor<T> Value)> Results(OperatorCase<T> operation)
    {
        operation.Forward();
        var dy = operation.Device.Zeros(operation.Output.Shape);
        operation.Rop(operation.Directions(61), dy);
        var adjoints = operation.LikeInputs();
        operation.Lop(Numbers.Normal(operation.Device, operation.Output.Shape, 71), adjoints);
        return [("forward", operation.Output), ("R-op", dy), .. adjoints.Select((a, i) => ($"L-op {i}", a))];
    }

    private static void MatchesReference(Func<ComputeDevice<T>, OperatorCase<T>> create, OperatorCase<T> operation)
    {
        using var scalar = new CpuDevice<T>(1, useSimd: false);
        foreach (var (mine, reference) in Results(operation).Zip(Results(create(scalar))))
        {
            Close(mine.Value, reference.Value, ReferenceTolerance, $"{mine.What} against the scalar path");
        }
    }

    private void SameBitsForAnyThreads(Func<ComputeDevice<T>, OperatorCase<T>> create)
    {
        using var one = devices.Create<T>(1);
        using var three = devices.Create<T>(3);
        foreach (var (a, b) in Results(create(one)).Zip(Results(create(three))))
        {
            Same.Numbers<T>(a.Value.ToArray(), b.Value.ToArray(), $"{a.What}: 1 and 3 threads");
        }
    }
}
