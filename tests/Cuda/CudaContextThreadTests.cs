using System.Collections.Concurrent;
using PoseEngine.Cuda;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cuda;

/// <summary>
/// A thread that keeps running while devices come and go: the driver ends a primary context with its last device and makes
/// another for the next one, under the same handle or a new one, and forgets what threads had as their own.
/// </summary>
[TestFixture("freshcontext=0")]
[TestFixture("freshcontext=1")]
[UsesCuda]
public sealed class CudaContextThreadTests(string handles)
{
    [SetUp]
    public void Choose()
    {
        StandIn.Require();
        StandIn.Configure($"mode=plain;lazy=0;{handles}");
    }

    [TearDown]
    public void Restore()
    {
        if (StandIn.Obstacle is null) StandIn.Configure("freshcontext=0");
        new CudaDevices(CudaModes.Plain).AfterTest();
    }

    [Test]
    public void AThreadGoesOnWithTheNextDevice()
    {
        using var other = new Worker();
        for (var i = 0; i < 3; i++)
        {
            using var device = new CudaDevice<float>();
            other.Run(() => AddOnes(device));
            AddOnes(device);
        }
    }

    [Test]
    public void ADeviceThatAnotherThreadClosesIsReplaced()
    {
        using var other = new Worker();
        var first = new CudaDevice<float>();
        AddOnes(first);
        other.Run(first.Dispose);
        using var second = new CudaDevice<float>();
        AddOnes(second);
        other.Run(() => AddOnes(second));
    }

    private static void AddOnes(CudaDevice<float> device)
    {
        var (x, y) = (device.From([1, 2]), device.From([1, 1]));
        device.Vectors.Axpy(1, x, y);
        Assert.That(y.ToArray(), Is.EqualTo(new float[] { 2, 3 }));
        x.Storage.Dispose();
        y.Storage.Dispose();
    }

    /// <summary>A thread that lives through the test.</summary>
    private sealed class Worker : IDisposable
    {
        private readonly BlockingCollection<Action> _work = [];
        private readonly Thread _thread;

        public Worker()
        {
            _thread = new Thread(() =>
            {
                foreach (var work in _work.GetConsumingEnumerable()) work();
            });
            _thread.Start();
        }

        public void Run(Action work)
        {
            using var done = new ManualResetEventSlim();
            Exception? failure = null;
            _work.Add(() =>
            {
                try
                {
                    work();
                }
                catch (Exception thrown)
                {
                    failure = thrown;
                }
                done.Set();
            });
            done.Wait();
            if (failure is not null) throw new InvalidOperationException(failure.Message, failure);
        }

        public void Dispose()
        {
            _work.CompleteAdding();
            _thread.Join();
            _work.Dispose();
        }
    }
}
