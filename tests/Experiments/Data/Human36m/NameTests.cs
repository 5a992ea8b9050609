using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Names of actions, sequences and folders, in all their spellings.</summary>
public class NameTests
{
    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Directory.CreateTempSubdirectory("poseengine-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_root, recursive: true);

    [TestCase("TakingPhoto", "Photo", 12)]
    [TestCase("photo", "Photo", 12)]
    [TestCase("WalkingDog", "WalkDog", 15)]
    [TestCase("WalkingTogether", "WalkTogether", 16)]
    [TestCase("Purchasing", "Purchases", 8)]
    public void Trap4OneActionHasSeveralNames(string name, string ours, int number)
    {
        Assert.That(HumanAction.Find(name), Is.EqualTo(new HumanAction(number, ours)));
        Assert.That(SequenceName.Parse(name + " 1"), Is.EqualTo(new SequenceName(new HumanAction(number, ours), 1)));
    }

    [Test]
    public void Trap5NumbersAreThoseOfTheDataSet()
    {
        Assert.That(HumanAction.All.Select(action => action.Number), Is.EqualTo(Enumerable.Range(2, 15)));
        Assert.That(new[] { 2, 10, 14, 15, 16 }.Select(HumanAction.Numbered).Select(action => action!.Name), Is.EqualTo(new[] { "Directions", "SittingDown", "Walking", "WalkDog", "WalkTogether" }));
        Assert.That(new[] { 0, 1, 17 }.Select(HumanAction.Numbered), Is.All.Null);
    }

    [TestCase(1, "Walking 1", "Walking")]
    [TestCase(7, "Walking 1", "Walking 2")]
    [TestCase(7, "Walking_1", "Walking_2")]
    [TestCase(1, "Eating 2", "Eating")]
    [TestCase(1, "SittingDown 2", "SittingDown")]
    [TestCase(1, "TakingPhoto 1", "TakingPhoto")]
    [TestCase(1, "Sitting 1", "Sitting 2")]
    [TestCase(5, "Discussion 2", "Discussion 3")]
    [TestCase(5, "Photo", "Photo 2")]
    [TestCase(5, "SittingDown", "SittingDown 1")]
    [TestCase(6, "Photo", "Photo 1")]
    [TestCase(6, "SittingDown 1", "SittingDown")]
    [TestCase(6, "Posing 2", "Posing")]
    [TestCase(6, "Waiting 3", "Waiting")]
    [TestCase(7, "Phoning 2", "Phoning")]
    [TestCase(7, "TakingPhoto", "TakingPhoto 1")]
    [TestCase(8, "WalkTogether 1", "WalkTogether 2")]
    [TestCase(9, "SittingDown", "SittingDown 1")]
    [TestCase(9, "Discussion 1", "Discussion 2")]
    [TestCase(11, "Phoning 3", "Phoning 2")]
    [TestCase(11, "Greeting 2", "Greeting")]
    [TestCase(11, "Smoking 2", "Smoking")]
    public void Trap6TheNumberOfANameIsNotTheTrial(int subject, string first, string second)
    {
        Assert.That(SequenceName.Parse(first)!.Value.Trial(subject), Is.EqualTo(1));
        Assert.That(SequenceName.Parse(second)!.Value.Trial(subject), Is.EqualTo(2));
    }

    [Test]
    public void Trap6WalkingIsNoWalkingDog()
    {
        var trials = SequenceName.Trials(1, ["Walking", "Walking 1", "WalkingDog", "WalkingDog 1", "WalkTogether", "_ALL 1", "Walking1", "Walking 3", "WalkingX", " 1", "1", "", "Walking 99999999999"]);
        Assert.That(trials.Where(t => t.Value.Action == HumanAction.Walking).Select(t => (t.Key, t.Value.Trial)), Is.EquivalentTo(new[] { ("Walking", 2), ("Walking 1", 1) }));
        Assert.That(trials, Has.Count.EqualTo(5));
    }

    [Test]
    public void TheShiftedRecordingIsExcludedByWhicheverName()
    {
        var action = HumanAction.Find("SittingDown")!;
        var trial = SequenceName.Parse("SittingDown 1")!.Value.Trial(9)!.Value;
        Assert.That(new RecordingKey(9, action, trial, 1).PosesAreShifted, Is.True);
        Assert.That(new RecordingKey(9, action, 3 - trial, 1).PosesAreShifted, Is.False);
    }

    [TestCase("S1", 1)]
    [TestCase("s11", 11)]
    [TestCase("9", 9)]
    [TestCase("S2", null)]
    [TestCase("SS1", null)]
    [TestCase("S", null)]
    [TestCase("", null)]
    [TestCase("S-1", null)]
    public void SubjectsAreTheSevenPublicOnes(string name, int? number) => Assert.That(SubjectName.Parse(name), Is.EqualTo(number));

    [TestCase("S7/Walking-2/imageSequence/60457274")]
    [TestCase("processed/S7/Walking-2/imageSequence/60457274")]
    [TestCase("S7/Walking 2.60457274")]
    [TestCase("S7/Videos/Walking 2.60457274")]
    [TestCase("extracted/S7/Videos/Walking_2.60457274")]
    [TestCase("images/S7/S7_Walking_2.60457274")]
    [TestCase("images/S7_Walking_2.60457274")]
    [TestCase("images/s_07_act_14_subact_02_ca_04")]
    [TestCase("s_07_act_14_subact_02_ca_04")]
    public void FramesAreFoundWhereAnyoneKeepsThem(string place)
    {
        foreach (var other in (string[])["S7/Walking-1/imageSequence/60457274", "S7/Videos/WalkingDog.60457274", "S7/Videos/Walking 2.54138969", "images/s_07_act_15_subact_02_ca_04", "images/Walking 2.60457274", "Walking 2.60457274", "images/S1_Walking_2.60457274"])
            Touch(Path.Combine(_root, other, "img_000009.jpg"));
        var key = new RecordingKey(7, HumanAction.Walking, 2, 4);
        Assert.That(new FrameTree(_root, new ImportLog()).Find(key), Is.TypeOf<NoFrames>());
        Touch(Path.Combine(_root, place, "some_000001.jpg"));
        Touch(Path.Combine(_root, place, "some_000003.PNG"));
        Touch(Path.Combine(_root, place, "remarks.txt"));
        var found = new FrameTree(_root, new ImportLog()).Find(key) as FrameImages;
        Assert.That(found!.Paths.Keys, Is.EquivalentTo(new[] { 0, 2 }));
        Assert.That(Path.GetFullPath(found.Place), Is.EqualTo(Path.GetFullPath(Path.Combine(_root, place))));
    }

    [Test]
    public void AnEmptyVideoIsNoVideo()
    {
        var video = Path.Combine(_root, "S11", "Videos", "Directions.54138969.mp4");
        Touch(video);
        var key = new RecordingKey(11, HumanAction.Find("Directions")!, 2, 1);
        Assert.That(new FrameTree(_root, new ImportLog()).Find(key), Is.EqualTo(new NoFrames($"the video {video} is empty")));
        File.WriteAllText(video, "x");
        Assert.That(new FrameTree(_root, new ImportLog()).Find(key), Is.EqualTo(new VideoFile(video)));
    }

    private static void Touch(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
    }
}
