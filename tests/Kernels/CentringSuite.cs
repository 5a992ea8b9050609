using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

/// <summary>Rows less the means of their groups, and the groupings of samples that devices take.</summary>
public abstract class CentringSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private ICentringKernels<T> Kernels => Device.Family<ICentringKernels<T>>();

    // Samples, groups of each of two groupings: one group, pairs, groups longer than a warp, and samples that are alone.
    [TestCase(1, 1, 1)]
    [TestCase(8, 4, 1)]
    [TestCase(13, 13, 3)]
    [TestCase(100, 2, 7)]
    [TestCase(301, 40, 300)]
    public void DerivativesHold(int samples, int groups, int others) => Prove(device => new Case(device, samples, groups, others));

    [Test]
    public void MeansOfGroupsAreTakenOutOfTheRowsThatHaveThem()
    {
        // Two groupings of five samples; the second row has none.
        var groupings = SampleGroups.On(Device, [7, 2, 7, 7, 2], [0, 0, 1, 2, 2]);
        var c = From(new Shape(5, 3), 1, 10, 1, 2, 20, 3, 3, 30, 5, 8, 40, 7, 4, 50, 8);
        Kernels.Centre(groupings, Rows(0, -1, 1), c);
        Assert.That(Numbers.Host(c), Is.EqualTo(new double[] { -3, 10, -1, -1, 20, 1, -1, 30, 0, 4, 40, -0.5, 1, 50, 0.5 }));
    }

    [Test]
    public void ItIsAProjectorAndASampleAloneGivesZero()
    {
        int[] labels = [.. Enumerable.Range(0, 90).Select(k => k < 80 ? k % 7 : k)];
        var (groupings, c) = (SampleGroups.On(Device, labels), Numbers.Normal(Device, new Shape(90, 2), 1));
        Kernels.Centre(groupings, Rows(0, 0), c);
        var once = c.ToArray();
        Kernels.Centre(groupings, Rows(0, 0), c);
        Close(c, Device.From(once, c.Shape), Rounding, "twice as once");
        Assert.That(once.AsSpan(160).ToArray(), Is.All.EqualTo(T.Zero), "samples alone");
        foreach (var members in SampleGroups.Members(labels))
        {
            Assert.That(members.Sum(k => double.CreateTruncating(once[2 * k])), Is.Zero.Within(1e3 * Rounding), "the sum of a group");
        }
    }

    [Test]
    public void WhatIsNotANumberStaysInItsGroup()
    {
        var c = From(new Shape(4, 1), 1, double.NaN, 3, 5);
        Kernels.Centre(SampleGroups.On(Device, [0, 1, 0, 1]), Rows(0), c);
        Assert.That(Numbers.Host(c), Is.EqualTo(new[] { -1, double.NaN, 1, double.NaN }));
    }

    [Test]
    public void GroupsAreLaidOutInTheOrderOfTheirFirstSamples()
    {
        var layout = new int[SampleGroups.Length(5)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SampleGroups.Lay([9, -4, 9, 3, -4], layout), Is.EqualTo(3));
            Assert.That(layout, Is.EqualTo(new[] { 0, 2, 1, 4, 3, 0, 2, 4, 5, 5, 5 }));
            Assert.That(SampleGroups.Members([9, -4, 9, 3, -4]), Is.EqualTo(new int[][] { [0, 2], [1, 4], [3] }));
            Assert.That(() => SampleGroups.Lay([1, 2], layout), Throws.ArgumentException.With.Message.Contains("expects 5, got 11"));
        }
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Kernels.Centre(SampleGroups.On(Device, [0, 0, 1]), Rows(0, 0), Device.Zeros(7)), Throws.ArgumentException.With.Message.Contains("rows of whole samples").And.Message.Contains("7"));
            Assert.That(() => Kernels.Centre(SampleGroups.On(Device, [0, 0, 1]), Rows(0, 0), Device.Zeros(8)), Throws.ArgumentException.With.Message.Contains("groupings of 4 samples"));
        }
    }

    [Test]
    public void RepeatedCallsAllocateNothing() => AllocatesNothing(new Case(Device, 60, 5, 60));

    private Tensor<int> Rows(params int[] groupingOf) => Rows(Device, groupingOf);

    private static Tensor<int> Rows(ComputeDevice<T> device, params int[] groupingOf)
    {
        var rows = device.Zeros<int>(new Shape(groupingOf.Length));
        rows.CopyFrom(groupingOf);
        return rows;
    }

    /// <summary>Four rows: two of one grouping, one of another, one of none.</summary>
    private sealed class Case(ComputeDevice<T> device, int samples, int groups, int others) : OperatorCase<T>(device)
    {
        private readonly Tensor<int> _groupings = SampleGroups.On(
            device, [.. Enumerable.Range(0, samples).Select(k => k * 5 % groups)], [.. Enumerable.Range(0, samples).Select(k => k / 3 % others)]);

        private readonly Tensor<int> _rows = Rows(device, 0, 1, -1, 0);

        public override Tensor<T>[] Inputs { get; } = [Numbers.Normal(device, new Shape(samples, 4), 1)];

        public override Tensor<T> Output { get; } = device.Zeros(new Shape(samples, 4));

        public override void Forward() => Centre(Inputs[0], Output);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy) => Centre(direction[0], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints) => Centre(u, adjoints[0]);

        private void Centre(Tensor<T> x, Tensor<T> y)
        {
            Device.Vectors.Copy(x, y);
            Device.Family<ICentringKernels<T>>().Centre(_groupings, _rows, y);
        }
    }
}
