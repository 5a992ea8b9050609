using System.Text;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Tests.Experiments.Bvh;

/// <summary>Damaged and hostile files: each gives one line that names the place and the remedy, at once.</summary>
public class HostileBvhTests
{
    private const string Joint = "{ OFFSET 0 0 0 CHANNELS 1 Xrotation ";
    private const string Good = $"HIERARCHY\nROOT A {Joint}}}\n";
    private const string Motion = "MOTION\nFrames: 2\nFrame Time: .01\n";

    public static IEnumerable<TestCaseData> Files()
    {
        TestCaseData Case(string name, string text, int line, string says) => new TestCaseData(text, line, says).SetArgDisplayNames(name);
        yield return Case("empty", "", 1, "empty");
        yield return Case("blank", "\n\n \t\n", 4, "empty");
        yield return Case("binary", "HIERARCHY\n\0\u0001\u0002", 2, "binary");
        yield return Case("another format", "ply\nformat ascii 1.0\n", 1, "expected HIERARCHY");
        yield return Case("endless word", new string('x', 5_000_000), 1, "longer than 200");
        yield return Case("no root", "HIERARCHY\nMOTION\n", 2, "expected ROOT");
        yield return Case("root without name", $"HIERARCHY\nROOT {Joint}}}\n{Motion}1\n2", 2, "without a name");
        yield return Case("no offset", "HIERARCHY\nROOT A {\nCHANNELS 1 Xrotation\n}\n" + Motion, 4, "no OFFSET");
        yield return Case("no channels", "HIERARCHY\nROOT A { OFFSET 0 0 0 }\n" + Motion, 2, "no CHANNELS");
        yield return Case("seven channels", "HIERARCHY\nROOT A { OFFSET 0 0 0\nCHANNELS 7 Xrotation }", 3, "0 to 6");
        yield return Case("a billion channels", "HIERARCHY\nROOT A { OFFSET 0 0 0\nCHANNELS 1000000000 Xrotation }", 3, "0 to 6");
        yield return Case("negative channels", "HIERARCHY\nROOT A { OFFSET 0 0 0\nCHANNELS -1 Xrotation }", 3, "0 to 6");
        yield return Case("fewer channels than said", "HIERARCHY\nROOT A { OFFSET 0 0 0\nCHANNELS 3 Xrotation }", 3, "not a channel");
        yield return Case("unknown channel", "HIERARCHY\nROOT A { OFFSET 0 0 0\nCHANNELS 1 Wrotation }", 3, "not a channel");
        yield return Case("channel as number", "HIERARCHY\nROOT A { OFFSET 0 0 0\nCHANNELS 1 3 }", 3, "not a channel");
        yield return Case("channel twice", "HIERARCHY\nROOT A { OFFSET 0 0 0\nCHANNELS 2 Xrotation Xrotation }", 3, "twice");
        yield return Case("name twice", $"HIERARCHY\nROOT A {Joint}\nJOINT B {Joint}}}\nJOINT B {Joint}}} }}", 4, "second joint named B");
        yield return Case("cycle by name", $"HIERARCHY\nROOT A {Joint}\nJOINT B {Joint}\nJOINT A {Joint}}} }} }}", 4, "second joint named A");
        yield return Case("brace missing", $"HIERARCHY\nROOT A {Joint}\nJOINT B {Joint}\n}}\n", 5, "closing brace is missing");
        yield return Case("motion inside the tree", $"HIERARCHY\nROOT A {Joint}\nMOTION\n", 3, "'MOTION' inside joint A");
        yield return Case("brace too many", Good + "}\n" + Motion, 3, "expected MOTION");
        yield return Case("second root", Good + $"ROOT B {Joint}}}\n{Motion}", 3, "one root only");
        yield return Case("child of an End Site", $"HIERARCHY\nROOT A {Joint}\nEnd Site {{ OFFSET 0 0 0\nJOINT B {Joint}}} }} }}", 4, "cannot have children");
        yield return Case("nested too deep", Deep(100_000), 130, "deeper than");
        yield return Case("too many joints", Wide(3000), 2050, "more than 2048 joints");
        yield return Case("offset not a number", "HIERARCHY\nROOT A {\nOFFSET 0 zero 0 }", 3, "'zero'");
        yield return Case("offset infinite", "HIERARCHY\nROOT A {\nOFFSET 0 1e999 0 }", 3, "finite");
        yield return Case("no motion", Good, 3, "ends where MOTION");
        yield return Case("motion without channels", $"HIERARCHY\nROOT A {{ OFFSET 0 0 0 CHANNELS 0 }}\n{Motion}", 3, "no motion to read");
        yield return Case("frames absurd", Good + "MOTION\nFrames: 9000000000000000000\nFrame Time: .01\n1\n2\n", 8, "ends after 2 of");
        yield return Case("frames beyond any integer", Good + "MOTION\nFrames: 99999999999999999999999\n", 4, "positive whole number");
        yield return Case("frames negative", Good + "MOTION\nFrames: -5\n", 4, "positive whole number");
        yield return Case("frames none", Good + "MOTION\nFrames: 0\nFrame Time: .01\n", 4, "positive whole number");
        yield return Case("frame time zero", Good + "MOTION\nFrames: 1\nFrame Time: 0\n1", 5, "Frame Time");
        yield return Case("frame time NaN", Good + "MOTION\nFrames: 1\nFrame Time: NaN\n1", 5, "Frame Time");
        yield return Case("frame time missing", Good + "MOTION\nFrames: 1\n1\n", 5, "expected 'Frame Time:'");
        yield return Case("truncated", Good + Motion + "1\n", 7, "ends after 1 of 2 frames");
        yield return Case("NaN", Good + Motion + "1\nNaN\n", 7, "finite");
        yield return Case("infinity", Good + Motion + "1\n-Infinity\n", 7, "finite");
        yield return Case("huge", Good + Motion + "1\n1e300\n", 7, "finite");
        yield return Case("more values than channels", Good + Motion + "1 2\n", 6, "more than 1 values");
        yield return Case("more frames than said", Good + Motion + "1\n2\n3\n", 8, "after the last of 2 frames");
        yield return Case("fewer values than channels", Good.Replace("1 X", "2 Zrotation X", StringComparison.Ordinal) + Motion + "1 2\n1\n", 8, "ends after 1 of 2 frames and 1 of 2 values");
        yield return Case("short line", Good.Replace("1 X", "2 Zrotation X", StringComparison.Ordinal) + Motion + "1\n1 2\n", 6, "frame 0 has 1 values");
    }

    [TestCaseSource(nameof(Files))]
    public void OneLineNamesPlaceAndRemedy(string text, int line, string says)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<UserErrorException>(() => BvhSamples.Parse(text))!;
        Assert.That(error.Message, Does.StartWith($"test.bvh: line {line}: ").And.Contain(says));
        Assert.That(error.Message, Does.Not.Contain('\n').And.Length.LessThan(250));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20));
    }

    [Test]
    public void MissingFileAndFolderAreUserErrors()
    {
        var file = Assert.Throws<UserErrorException>(() => BvhFile.Read("nowhere/none.bvh"))!;
        Assert.That(file.Message, Does.Contain("none.bvh").And.Not.Contain('\n'));
        Assert.That(() => BvhFile.Read(BvhSamples.Folder), Throws.TypeOf<UserErrorException>());
    }

    [Test]
    public void RandomDamageNeverEscapesAsAnotherException()
    {
        var sound = File.ReadAllText(BvhSamples.PathOf("02_01"))[..9000];
        var random = new PoseEngine.Tensors.RandomGenerator(5);
        for (var trial = 0; trial < 300; trial++)
        {
            var text = new StringBuilder(sound);
            for (var i = 0; i < 3; i++) text[random.NextInt(text.Length)] = (char)random.NextInt(128);
            Assert.That(() => BvhSamples.Parse(text.ToString(0, 1 + random.NextInt(text.Length))), Throws.TypeOf<UserErrorException>());
        }
    }

    private static string Deep(int depth)
    {
        var text = new StringBuilder($"HIERARCHY\nROOT A {Joint}\n");
        for (var i = 0; i < depth; i++) text.Append($"JOINT B{i} {Joint}\n");
        return text.ToString();
    }

    private static string Wide(int count)
    {
        var text = new StringBuilder($"HIERARCHY\nROOT A {Joint}\n");
        for (var i = 0; i < count; i++) text.Append($"JOINT B{i} {Joint}}}\n");
        return text.Append('}').ToString();
    }
}
