using System.Globalization;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Tests.Experiments.Bvh;

public class BvhFileTests
{
    private const string Tree = "ROOT Hips { OFFSET 1 2 3 CHANNELS 2 Yrotation Xposition "
        + "JOINT Still { OFFSET 0 1 0 CHANNELS 0 End Site { OFFSET 0 0 1 } } "
        + "JOINT Tip { OFFSET -1e-1 +2.5E+1 .5 CHANNELS 1 zROTATION } }";

    [Test]
    public void ReadsTreeAndMotion()
    {
        var file = BvhSamples.Parse($"HIERARCHY\n{Tree}\nMOTION\nFrames: 2\nFrame Time: .0083333\n1 2 3\n-4 5e-1 6\n");
        Assert.That(file.Joints.Select(joint => joint.Name), Is.EqualTo(new[] { "Hips", "Still", "Still_End", "Tip" }));
        Assert.That(file.Joints.Select(joint => joint.Parent), Is.EqualTo(new[] { -1, 0, 1, 0 }));
        Assert.That(file.Joints.Select(joint => joint.FirstChannel).Where((_, i) => i != 2), Is.EqualTo(new[] { 0, 2, 2 }));
        Assert.That(file.Joints[0].Channels, Is.EqualTo(new[] { BvhChannel.YRotation, BvhChannel.XPosition }));
        Assert.That(file.Joints[3].Channels, Is.EqualTo(new[] { BvhChannel.ZRotation }));
        Assert.That(file.Joints[3].Offset, Is.EqualTo(new Vec3(-.1, 25, .5)));
        Assert.That(file.Joints[2].IsEndSite);
        Assert.That(file.FrameTime, Is.EqualTo(.0083333));
        Assert.That(file.FrameCount, Is.EqualTo(2));
        Assert.That(file.Frame(1).ToArray(), Is.EqualTo(new[] { -4, .5, 6 }));
    }

    [TestCase("\r\n", " ")]
    [TestCase("\n", "\t")]
    [TestCase("\r", " \t ")]
    [TestCase("\n\n", "  ")]
    public void LineEndsAndBlanksDoNotMatter(string lineEnd, string blank)
    {
        var lines = $"HIERARCHY\n{Tree}\nMOTION\nFrames : 2\nFrame Time 0.02\n1 2 3 \n-4 5 6".Replace(" ", blank, StringComparison.Ordinal);
        lines = lines.Replace($"Frame{blank}Time", "Frame Time", StringComparison.Ordinal);
        var file = BvhSamples.Parse(lines.Replace("\n", lineEnd, StringComparison.Ordinal));
        Assert.That(file.FrameCount, Is.EqualTo(2));
        Assert.That(file.Frame(1).ToArray(), Is.EqualTo(new[] { -4.0, 5, 6 }));
    }

    [Test]
    public void LineNumbersSurviveMixedLineEnds()
    {
        var text = $"HIERARCHY\r\n{Tree}\rMOTION\nFrames: 2\r\nFrame Time: 0.02\n1 2 3\r\n1 2 x\n";
        var error = Assert.Throws<UserErrorException>(() => BvhSamples.Parse(text))!;
        Assert.That(error.Message, Does.StartWith("test.bvh: line 7: 'x'"));
    }

    [Test]
    public void NumbersAreReadAlikeInEveryCulture()
    {
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        try
        {
            CultureInfo.CurrentCulture = comma;
            var file = BvhSamples.Parse($"HIERARCHY\n{Tree}\nMOTION\nFrames: 1\nFrame Time: 0.02\n1.5 2 3\n");
            Assert.That(file.Frame(0)[0], Is.EqualTo(1.5));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void BracesMayShareALineAndNamesMayHaveBlanks()
    {
        var file = BvhSamples.Parse("HIERARCHY ROOT Left Hip{OFFSET 0 0 0 CHANNELS 1 Xrotation}MOTION\nFrames:1\nFrame Time:0.01\n0");
        Assert.That(file.Joints[0].Name, Is.EqualTo("Left Hip"));
    }

    [TestCaseSource(typeof(BvhSamples), nameof(BvhSamples.Excerpts))]
    public void ReadsTheCmuConversion(string clip)
    {
        var file = BvhSamples.Read(clip);
        Assert.That(file.Joints.Count(joint => !joint.IsEndSite), Is.EqualTo(31));
        Assert.That(file.Joints.Count(joint => joint.IsEndSite), Is.EqualTo(7));
        Assert.That(file.ChannelCount, Is.EqualTo(96));
        Assert.That(file.FrameCount, Is.GreaterThan(150));
    }
}
