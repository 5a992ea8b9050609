using PoseEngine.Cpu;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Tensors;

public class TensorTests
{
    private CpuDevice<double> _device = null!;

    [OneTimeSetUp]
    public void OpenDevice() => _device = new CpuDevice<double>(1);

    [OneTimeTearDown]
    public void CloseDevice() => _device.Dispose();

    [Test]
    public void ViewsShareMemory()
    {
        var tensor = _device.From([1, 2, 3, 4, 5, 6], new Shape(2, 3));
        tensor.Slice(2, new Shape(2)).CopyFrom([30, 40]);
        tensor.Slice(1, 4).Slice(3, 1).CopyFrom([50]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tensor.ToArray(), Is.EqualTo(new double[] { 1, 2, 30, 40, 50, 6 }));
            Assert.That(tensor.Reshape(new Shape(3, 2)).ToArray(), Is.EqualTo(tensor.ToArray()));
            Assert.That(tensor.Slice(6, 0).ToArray(), Is.Empty);
        }
    }

    [Test]
    public void ViewsStayInside()
    {
        var tensor = _device.Zeros(6);
        var part = tensor.Slice(2, 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => tensor.Slice(5, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => part.Slice(1, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => part.Slice(-1, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(
                () => new Tensor<double>(tensor.Storage, 3, new Shape(4)),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("4").And.Message.Contains("6"));
        }
    }

    [Test]
    public void CopiesOfTheWrongCountAreNamed()
    {
        var tensor = _device.Zeros(new Shape(2, 3));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => tensor.CopyFrom(new double[5]), Throws.ArgumentException.With.Message.Contains("6").And.Message.Contains("5"));
            Assert.That(() => tensor.CopyTo(new double[7]), Throws.ArgumentException.With.Message.Contains("6").And.Message.Contains("7"));
            Assert.That(() => tensor.Reshape(new Shape(7)), Throws.ArgumentException.With.Message.Contains("2x3"));
        }
    }

    [Test]
    public void AnAbsentTensorHasNoStorage()
    {
        var absent = default(Tensor<double>);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(absent.IsAbsent, Is.True);
            Assert.That(absent.Count, Is.Zero);
            Assert.That(() => absent.Storage, Throws.InvalidOperationException);
        }
    }

    [Test]
    public void DisposedStorageIsNotRead()
    {
        var tensor = _device.Zeros(4);
        tensor.Storage.Dispose();
        tensor.Storage.Dispose();
        Assert.That(() => tensor.ToArray(), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void ShapesCheckTheirExtents()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new Shape([]), Throws.ArgumentException);
            Assert.That(() => new Shape(1, 2, 3, 4, 5), Throws.ArgumentException.With.Message.Contains("5"));
            Assert.That(() => new Shape(2, -3), Throws.ArgumentException.With.Message.Contains("-3"));
            Assert.That(() => new Shape(65536, 65536), Throws.ArgumentException.With.Message.Contains("4294967296"));
            Assert.That(() => new Shape(2, 3)[2], Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => new Shape(1, 2, 3, 4).Prepend(2), Throws.InvalidOperationException);
            Assert.That(new Shape(3, 4).Prepend(2), Is.EqualTo(new Shape(2, 3, 4)));
            Assert.That(new Shape(2, 3, 4).ToString(), Is.EqualTo("2x3x4"));
        }
    }

    [Test]
    public void OnlyFloatAndDoubleAreNumbers()
        => Assert.That(() => new CpuDevice<Half>(1), Throws.TypeOf<NotSupportedException>().With.Message.Contains("Half"));
}
