using System.Diagnostics;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Damaged and hostile annotations: one line that names the file and the place, at once.</summary>
public class HostileJsonTests
{
    private const string Joint = "[1.5, -2, 3e2]";

    private static readonly string Pose = Joints(17);

    private string _root = "";

    public static IEnumerable<TestCaseData> Poses()
    {
        TestCaseData Case(string name, string text, params string[] says) => new TestCaseData(text, says).SetArgDisplayNames(name);
        string Frames(string frames) => $"{{\"14\": {{\"1\": {{{frames}}}}}}}";
        const string place = "action 14, trial 1, frame 7";
        yield return Case("empty", "", "byte 0", "ends before it is complete");
        yield return Case("blank", "  \n ", "ends before it is complete");
        yield return Case("binary", "\0\u0001\u0002", "no JSON");
        yield return Case("other type", "[]", "byte ", "a list where an object of actions was expected");
        yield return Case("number", "12", "the number 12 where an object of actions");
        yield return Case("null", "null", "null where an object of actions");
        yield return Case("actions by name", "{\"Walking\": {}}", "'Walking' where the number of an action, 0 to 99");
        yield return Case("action of many digits", "{\"99999999999999999999\": {}}", "number of an action");
        yield return Case("action of control characters", "{\"\\u0000\\n\": {}}", "'??'");
        yield return Case("action of half a letter", "{\"\\ud800\": {}}", "no JSON");
        yield return Case("trials in a list", "{\"14\": [{}]}", "action 14", "a list where an object of trials");
        yield return Case("third trial", "{\"14\": {\"3\": {}}}", "action 14", "'3' where the number of a trial, 1 to 2");
        yield return Case("trial twice", $"{{\"14\": {{\"1\": {{\"0\": {Pose}}}, \"1\": {{}}}}}}", "action 14, trial 1", "twice");
        yield return Case("action twice", $"{{\"14\": {{\"1\": {{\"0\": {Pose}}}}}, \"014\": {{\"1\": {{}}}}}}", "action 14, trial 1", "twice");
        yield return Case("frames in a list", "{\"14\": {\"1\": []}}", "action 14, trial 1", "a list where an object of frames");
        yield return Case("negative frame", Frames($"\"-1\": {Pose}"), "'-1' where the number of a frame, 0 to 999999");
        yield return Case("frame of a million", Frames($"\"1000000\": {Pose}"), "number of a frame");
        yield return Case("frame twice", Frames($"\"7\": {Pose}, \"8\": {Pose}, \"7\": {Pose}"), place, "twice");
        yield return Case("no joints", Frames("\"7\": []"), place, "0 joints where 17 or 18");
        yield return Case("pose missing", Frames("\"7\": null"), place, "null where a list of joints");
        yield return Case("sixteen joints", Frames($"\"7\": {Joints(16)}"), place, "16 joints where 17 or 18");
        yield return Case("nineteen joints", Frames($"\"7\": {Joints(19)}"), place, "more than 18 joints");
        yield return Case("a million joints", Frames($"\"7\": {Joints(1_000_000)}"), place, "more than 18 joints");
        yield return Case("joints of two kinds", Frames($"\"6\": {Pose}, \"7\": {Joints(18)}"), place, "18 joints where other frames have 17");
        yield return Case("joint without list", Frames("\"7\": [1, 2, 3]"), place, "the number 1 where a joint");
        yield return Case("joint of two", Frames("\"7\": [[1, 2]]"), place, "joint 0", "the end of a list where a coordinate");
        yield return Case("joint of four", Frames("\"7\": [[1, 2, 3, 4]]"), place, "joint 0", "the number 4 where the end of a joint");
        yield return Case("text", Frames("\"7\": [[1, \"2\", 3]]"), place, "joint 0", "the text '2' where a coordinate");
        yield return Case("true", Frames("\"7\": [[1, true, 3]]"), place, "true where a coordinate");
        yield return Case("null coordinate", Frames("\"7\": [[1, null, 3]]"), place, "null where a coordinate");
        yield return Case("NaN", Frames("\"7\": [[1, NaN, 3]]"), "byte ", "NaN or Infinity");
        yield return Case("infinity", Frames("\"7\": [[1, -Infinity, 3]]"), "byte ", "NaN or Infinity");
        yield return Case("huge", Frames("\"7\": [[1, 1e999, 3]]"), place, "the limit is 1000000 mm");
        yield return Case("large", Frames("\"7\": [[1, -1e7, 3]]"), place, "the limit is 1000000 mm");
        yield return Case("endless number", Frames($"\"7\": [[{new string('1', 3_000_000)}, 2, 3]]"), "byte ", "more than 1048576 bytes");
        yield return Case("endless text", $"{{\"14\": \"{new string('x', 3_000_000)}\"}}", "more than 1048576 bytes");
        yield return Case("deep objects", "{\"2\": " + string.Concat(Enumerable.Repeat("{\"14\":", 100_000)), "at most 16 levels");
        yield return Case("deep lists", "{\"2\": " + new string('[', 1_000_000), "at most 16 levels");
        yield return Case("comment", "{/* */}", "no JSON");
        yield return Case("comma too many", Frames($"\"7\": {Pose},"), "no JSON");
        yield return Case("two documents", Frames($"\"7\": {Pose}") + "{}", "no JSON");
        foreach (var part in new[] { 1, 10, 20, 22, 100, 200 })
            yield return Case($"cut off after {part}", Frames($"\"7\": {Pose}")[..part], "byte ", "ends before it is complete");
    }

    public static IEnumerable<TestCaseData> Cameras()
    {
        TestCaseData Case(string name, string text, params string[] says) => new TestCaseData(text, says).SetArgDisplayNames(name);
        const string r = "\"R\": [[1,0,0],[0,1,0],[0,0,1]]", t = "\"t\": [0,0,0]", f = "\"f\": [1,1]", c = "\"c\": [1,1]";
        yield return Case("empty", "", "line 1", "no JSON");
        yield return Case("list", "[]", "has no camera 1");
        yield return Case("camera missing", $"{{\"1\": {{{r}, {t}, {f}, {c}}}}}", "has no camera 2");
        yield return Case("camera a number", "{\"1\": 5}", "has no camera 1");
        yield return Case("no R", $"{{\"1\": {{{t}, {f}, {c}}}}}", "camera 1", "its R is no list of 9");
        yield return Case("R of two rows", $"{{\"1\": {{\"R\": [[1,0,0],[0,1,0]], {t}, {f}, {c}}}}}", "its R is no list of 9");
        yield return Case("t of texts", $"{{\"1\": {{{r}, \"t\": [\"a\",0,0], {f}, {c}}}}}", "its t is no list of 3");
        yield return Case("t too deep", $"{{\"1\": {{{r}, \"t\": [[[0]],0,0], {f}, {c}}}}}", "its t is no list of 3");
        yield return Case("huge f", $"{{\"1\": {{{r}, {t}, \"f\": [1e999, 1], {c}}}}}", "its f is no list of 2");
        yield return Case("NaN", $"{{\"1\": {{{r}, {t}, {f}, \"c\": [NaN, 1]}}}}", "line 1", "no JSON");
        yield return Case("deep", new string('[', 100_000), "16 levels");
        yield return Case("large", new string(' ', 2_000_000), "2000000 bytes, the limit");
    }

    [SetUp]
    public void MakeFolder() => _root = Directory.CreateTempSubdirectory("poseengine-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_root, recursive: true);

    [TestCaseSource(nameof(Poses))]
    public void PosesAreRefused(string text, string[] says) => Refused(JsonTree.Write(_root, 1, "joint_3d", text), says);

    [TestCaseSource(nameof(Cameras))]
    public void CamerasAreRefused(string text, string[] says)
    {
        JsonTree.Write(_root, 1, "joint_3d", "{}");
        Refused(JsonTree.Write(_root, 1, "camera", text), says);
    }

    [Test]
    public void ACameraThatIsNoRotationIsTold()
    {
        JsonTree.Write(_root, 1, "joint_3d", "{}");
        JsonTree.WriteCameras(_root, 1, camera => camera with { Right = Vec3.Zero });
        var log = new ImportLog();
        Read(log);
        Assert.That(log.Lines, Has.Count.EqualTo(4).And.All.StartsWith("warning: "));
    }

    [Test]
    public void BigFilesNeedLittleMemoryForWhatIsNotWanted()
    {
        // 20 MB of poses of an action that nobody asked for, some blanks and a mark of the order of bytes.
        var path = JsonTree.Write(_root, 1, "joint_3d", "");
        using (var file = new StreamWriter(path, false, new System.Text.UTF8Encoding(true)))
        {
            file.Write("{\"2\": {\"1\": {");
            for (var i = 0; i < 70_000; i++) file.Write($"{(i > 0 ? "," : "")}\"{i}\": {Pose}");
            file.Write($"}}}}, {new string(' ', 500_000)} \"14\": {{\"1\": {{\"3\": {Pose}}}}}}}");
        }

        var clock = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = Read();
        var used = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(read, Has.Count.EqualTo(4));
        Assert.That(read[0].Poses.Frames, Is.EqualTo(new[] { 3 }));
        Assert.That(read[0].Poses.Values[..3], Is.EqualTo(new[] { 1.5, -2, 300 }));
        Assert.That(used, Is.LessThan(12_000_000));
        Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(20));
    }

    private static string Joints(int count) => "[" + string.Join(", ", Enumerable.Repeat(Joint, count)) + "]";

    private void Refused(string path, string[] says)
    {
        var clock = Stopwatch.StartNew();
        var error = Assert.Throws<UserErrorException>(() => Read());
        Assert.That(error!.Message, Does.StartWith(path));
        Assert.That(error.Message, Has.Length.LessThan(path.Length + 400).And.Not.Contain("\n"));
        foreach (var part in says) Assert.That(error.Message, Does.Contain(part));
        Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(10));
    }

    private List<Recording> Read(ImportLog? log = null) => [.. new JsonLayout().Read(new ImportRequest { Root = _root }, log ?? new ImportLog())];
}
