using PoseEngine.Cpu;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Tensors;

/// <summary>What an object owns is given back together.</summary>
public class WorkspaceTests
{
    [Test]
    public void EverythingIsGivenBackLastFirstAndOnce()
    {
        using var device = new CpuDevice<float>(1);
        var order = new List<int>();
        var memory = new Workspace<float>(device);
        var tensor = memory.Zeros(100);
        for (var i = 0; i < 3; i++) memory.Own(new Owned(order, i));
        Assert.That(device.LiveBytes, Is.Positive);
        memory.Dispose();
        memory.Dispose();
        Assert.That(order, Is.EqualTo(new[] { 2, 1, 0 }));
        Assert.That(device.LiveBytes, Is.Zero);
        Assert.That(tensor.ToArray, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void AFailureKeepsNothingFromBeingGivenBackAndTheFirstIsThrown()
    {
        using var device = new CpuDevice<float>(1);
        var order = new List<int>();
        var memory = new Workspace<float>(device);
        for (var i = 0; i < 4; i++) memory.Own(new Owned(order, i, fails: i % 2 == 0));
        Assert.That(memory.Dispose, Throws.InvalidOperationException.With.Message.EqualTo("2"));
        Assert.That(order, Is.EqualTo(new[] { 3, 2, 1, 0 }));
    }

    private sealed class Owned(List<int> order, int number, bool fails = false) : IDisposable
    {
        public void Dispose()
        {
            order.Add(number);
            if (fails) throw new InvalidOperationException($"{number}");
        }
    }
}
