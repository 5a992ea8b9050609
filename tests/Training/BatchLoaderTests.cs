using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Batches are the samples asked for, wherever the images lie and whatever was gathered ahead.</summary>
[TestFixture("cpu-simd")]
[TestFixture("cuda-shuffled")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class BatchLoaderTests(string deviceName) : DeviceFixture<double>(deviceName)
{
    private readonly NumberedImages _source = new(12);

    [Test]
    public void BatchesHoldTheNamedSamples()
    {
        using var loader = new BatchLoader<double>(Device, _source, 3, unit: 2);
        foreach (var indices in (int[][])[[0, 5, 11], [5, 5, 1], [3, 2, 1]]) Check(loader.Load(indices), indices);
    }

    [Test]
    public void GatheringAheadChangesNothing()
    {
        using var loader = new BatchLoader<double>(Device, _source, 3, unit: 2);
        loader.Prefetch([1, 2, 3]);
        Check(loader.Load([1, 2, 3]), [1, 2, 3]);
        loader.Prefetch([4, 5, 6]);
        Check(loader.Load([7, 8, 9]), [7, 8, 9]);
        loader.Prefetch([4, 5, 6]);
        loader.Prefetch([6, 5, 4]);
        Check(loader.Load([6, 5, 4]), [6, 5, 4]);
    }

    [Test]
    public void ImagesOnTheDeviceServeTheSameBatches()
    {
        using var resident = ResidentImages<double>.Create(Device, _source);
        Assert.That(resident is not null, Is.EqualTo(Device.ResidentBytes > 0));
        using var loader = new BatchLoader<double>(Device, _source, 4, unit: 2, resident);
        Check(loader.Load([9, 0, 9, 11]), [9, 0, 9, 11]);
        Assert.That(() => loader.Load([0, 1, 2, 12]), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void PeekingDrawsNothing()
    {
        var sampler = new MinibatchSampler<double>(10, new RandomGenerator(4));
        var (ahead, next) = (new int[4], new int[4]);
        for (var step = 0; step < 20; step++)
        {
            var known = sampler.TryPeek(ahead);
            sampler.Next(next);
            if (known) Assert.That(ahead, Is.EqualTo(next));
        }
        var active = new RandomActiveSet<double>(10, new RandomGenerator(4));
        Assert.That(active.TryPeek(ahead), Is.True);
        active.Select(default, next);
        Assert.That(ahead, Is.EqualTo(next));
    }

    private void Check(Batch<double> batch, int[] indices)
    {
        var inputs = Numbers(batch.Inputs).ToArray();
        var pixels = _source.Image.Count;
        for (var i = 0; i < indices.Length; i++)
        {
            for (var c = 0; c < 2; c++)
            {
                var expected = (NumberedImages.Byte(indices[i], c) / 255.0) - 0.5;
                Assert.That(inputs[(i * pixels) + (c * pixels / 2)], Is.EqualTo(expected), $"sample {i}, channel {c}");
            }
            Assert.That(batch.Targets.ToArray()[i], Is.EqualTo(indices[i] / 2.0));
        }
    }

    private Tensor<double> Numbers(NetworkInput<double> inputs)
    {
        if (!inputs.HasImages) return inputs.Values;
        var numbers = Device.Zeros(new Shape(inputs.Samples, _source.Image[2], _source.Image[0], _source.Image[1]));
        Device.Images.Normalize(inputs.Images, numbers);
        return numbers;
    }

    /// <summary>Samples whose first bytes and target tell their number.</summary>
    private sealed class NumberedImages(int count) : IImageSource
    {
        public int Count => count;

        public Shape Image { get; } = new(4, 6, 2);

        public int Outputs => 1;

        public static byte Byte(int sample, int place) => (byte)((17 * sample) + (5 * place));

        public void CopyImage(int index, Span<byte> image)
        {
            for (var place = 0; place < Image.Count; place++) image[place] = Byte(index, place);
        }

        public void CopyTarget(int index, Span<double> target) => target[0] = index;
    }
}
