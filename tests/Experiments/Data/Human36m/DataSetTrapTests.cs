using System.Text.RegularExpressions;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data.Human36m;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Formats;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>What is odd in the data set itself and in the files that hold it.</summary>
public class DataSetTrapTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase(9, "Greeting", 2, true)]
    [TestCase(9, "SittingDown", 2, true)]
    [TestCase(9, "Waiting", 1, true)]
    [TestCase(9, "Greeting", 1, false)]
    [TestCase(9, "Walking", 1, false)]
    [TestCase(9, "Walking", 2, false)]
    [TestCase(11, "Greeting", 2, false)]
    public void Trap2RecordingsWhosePosesAreShiftedAreKnown(int subject, string action, int trial, bool shifted)
        => Assert.That(new RecordingKey(subject, HumanAction.Find(action)!, trial, 1).PosesAreShifted, Is.EqualTo(shifted));

    [Test]
    public void Trap2ShiftedRecordingsAreLeftOutUnlessAskedFor()
    {
        var tree = HumanTree.Cdf(_folder);
        foreach (var file in Directory.GetFiles(Path.Combine(tree, "S9", "MyPoseFeatures", "D3_Positions_mono"), "Walking.*.cdf"))
            File.Copy(file, file.Replace("Walking.", "Greeting.", StringComparison.Ordinal));
        foreach (var folder in Directory.GetDirectories(Path.Combine(tree, "S9", "Videos"), "Walking.*"))
            Directory.Move(folder, folder.Replace("Walking.", "Greeting.", StringComparison.Ordinal));
        var request = new ImportRequest { Root = tree, Actions = [HumanAction.Find("Greeting")!] };
        Assert.That(() => ImportPlan.Make(request, new ImportLog()), Throws.TypeOf<UserErrorException>().With.Message.Contains("nothing of Greeting"));
        Assert.That(ImportPlan.Make(request with { KeepShifted = true }, new ImportLog()).Count, Is.EqualTo(4 * HumanTree.Frames));
    }

    [TestCase(1, new[] { HumanTree.Frames, 96 })]
    [TestCase(1, new[] { 1, HumanTree.Frames, 96 })]
    [TestCase(HumanTree.Frames, new[] { 96 })]
    public void Trap15ALeadingOneAndARecordForEachPoseAreTheSame(int records, int[] dimensions)
    {
        var values = SomePoses.Flat(HumanTree.World(9, 1));
        Assert.That(CdfPoses.Read(Write(values, records, dimensions), new ImportLog()), Is.EqualTo(values));
    }

    [Test]
    public void Trap15PosesInPixelsAreRefused()
        => Assert.That(
            () => CdfPoses.Read(Write(new double[HumanTree.Frames * 64], 1, [HumanTree.Frames, 64]), new ImportLog()),
            Throws.TypeOf<UserErrorException>().With.Message.Contains("N x 96 was expected"));

    [TestCase(true)]
    [TestCase(false)]
    public void Trap16ATableInTheOtherOrderThanItsFileSaysIsReadRight(bool rowMajor)
    {
        const int frames = HumanTree.Frames;
        var values = SomePoses.Flat(HumanTree.World(9, 1));
        // What the writer must be given for a file whose bytes lie in the other order than its flag says.
        var mistaken = new double[values.Length];
        for (var row = 0; row < frames; row++)
        {
            for (var column = 0; column < 96; column++)
            {
                var (here, there) = ((row * 96) + column, (column * frames) + row);
                if (rowMajor) mistaken[there] = values[here];
                else mistaken[here] = values[there];
            }
        }

        var log = new ImportLog();
        Assert.That(CdfPoses.Read(Write(mistaken, 1, [HumanTree.Frames, 96], rowMajor), log), Is.EqualTo(values));
        Assert.That(log.Lines, Has.One.Contains("the order in which bones keep their lengths was taken"));
    }

    [Test]
    public void Trap17OnlyTheRegistrationIsLinked()
    {
        if (Repository.Folder is not { } sources)
        {
            Assert.Ignore("the sources are not there");
            return;
        }

        var readme = File.ReadAllText(Path.Combine(sources, "README.md")) + File.ReadAllText(Path.Combine(sources, "experiments", "README.md"));
        var (_, help, _) = Captured.Run(() => CommandLine.Run(["data", "import", "human36m", "--help"]));
        Assert.That(readme, Does.Contain(ImportRequest.Registration));
        Assert.That(help, Does.Contain(ImportRequest.Registration));
        string[] allowed = [ImportRequest.Registration, "https://dotnet.microsoft.com"];
        foreach (Match link in Regex.Matches(readme + help, @"https?://[^\s)>,;]+")) Assert.That(allowed, Does.Contain(link.Value));
    }

    private string Write(double[] values, int records, int[] dimensions, bool rowMajor = true)
    {
        var path = Path.Combine(_folder, "poses.cdf");
        File.WriteAllBytes(path, CdfWriter.Write("Pose", records, dimensions, values, new CdfOptions { Doubles = true, RowMajor = rowMajor }));
        return path;
    }
}
