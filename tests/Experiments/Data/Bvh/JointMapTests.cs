using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Tests.Experiments.Bvh;

public class JointMapTests
{
    private const string BiovisionPairs =
        "LeftUpLeg=LeftHip LeftLeg=LeftKnee LeftFoot=LeftAnkle LeftToeBase=LeftToe"
        + " RightUpLeg=RightHip RightLeg=RightKnee RightFoot=RightAnkle RightToeBase=RightToe"
        + " LeftShoulder=LeftCollar LeftArm=LeftShoulder LeftForeArm=LeftElbow LeftHand=LeftWrist"
        + " RightShoulder=RightCollar RightArm=RightShoulder RightForeArm=RightElbow RightHand=RightWrist"
        + " Spine=Chest Spine1=Chest2 Neck=Chest3 Neck1=Neck"
        + " LowerBack=Waist";

    private static readonly Dictionary<string, string> BiovisionNames
        = BiovisionPairs.Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);

    [Test]
    public void FindsTheJointsOfCmu()
    {
        var file = BvhSamples.Read("02_01");
        var map = JointMap.Resolve(file, JointOverrides.None);
        string[] expected =
        [
            "RightUpLeg", "RightLeg", "RightFoot", "LeftUpLeg", "LeftLeg", "LeftFoot", "Spine", "Neck1", "Head", "Head_End",
            "LeftArm", "LeftForeArm", "LeftHand", "RightArm", "RightForeArm", "RightHand",
        ];
        Assert.That(Enum.GetValues<Joint>().Skip(1).Select(joint => file.Joints[map[joint]].Name), Is.EqualTo(expected));
        Assert.That(file.Joints[map.RightToe].Name, Is.EqualTo("RightToeBase_End"));
        Assert.That(file.Joints[map.LeftToe].Name, Is.EqualTo("LeftToeBase_End"));
    }

    [TestCase("mixamorig:")]
    [TestCase("mixamorig7:")]
    [TestCase("Character1_")]
    [TestCase("Bip01 ")]
    public void PrefixesDoNotMatter(string prefix)
        => AssertSameJoints(Rename(name => prefix + name), JointOverrides.None);

    [Test]
    public void CaseAndPunctuationDoNotMatter()
        => AssertSameJoints(Rename(name => name.Replace("Left", "left_", StringComparison.Ordinal).ToUpperInvariant()), JointOverrides.None);

    [Test]
    public void BiovisionNamesAreTold()
        => AssertSameJoints(Rename(name => BiovisionNames.GetValueOrDefault(name, name)), JointOverrides.None);

    [Test]
    public void ShortSidesAreTold()
        => AssertSameJoints(Rename(name => name.StartsWith("Left", StringComparison.Ordinal) ? name[4..] + ".L"
            : name.StartsWith("Right", StringComparison.Ordinal) ? "r" + name[5..] : name), JointOverrides.None);

    [Test]
    public void TheUsersNameWins()
    {
        var overrides = JointOverrides.Parse("""{"LeftKnee": "Odd Bone", "neck": "Skull"}""", "map.json");
        AssertSameJoints(Rename(name => name switch { "LeftLeg" => "Odd Bone", "Head" => "Skull", _ => name }), overrides);
    }

    [Test]
    public void AMissingJointListsTheJointsFoundAndTheRemedy()
    {
        var error = Assert.Throws<UserErrorException>(
            () => JointMap.Resolve(Rename(name => name == "LeftLeg" ? "Blob" : name), JointOverrides.None))!;
        Assert.That(error.Message, Does.Contain("no joint for LeftKnee").And.Contain("LeftUpLeg, Blob, LeftFoot")
            .And.Contain("joint map").And.Not.Contain('\n'));
    }

    [TestCase("""{"LeftKnee": "Nothing"}""", "no joint 'Nothing', which map.json names for LeftKnee")]
    [TestCase("""{"LeftKnee": "LeftFoot"}""", "LeftKnee and LeftAnkle are both 'LeftFoot'")]
    public void OverridesMustFitTheFile(string json, string says)
    {
        var error = Assert.Throws<UserErrorException>(
            () => JointMap.Resolve(BvhSamples.Read("02_01"), JointOverrides.Parse(json, "map.json")))!;
        Assert.That(error.Message, Does.Contain(says).And.Not.Contain('\n'));
    }

    [TestCase("", "line 1: this is not JSON")]
    [TestCase("{\n\"LeftKnee\": }", "line 2: this is not JSON")]
    [TestCase("[1, 2]", "no JSON object")]
    [TestCase("""{"Pelvis": "Hips"}""", "'Pelvis' is not a joint; the joints are RightHip")]
    [TestCase("""{"LeftKnee": 3}""", "not a string")]
    [TestCase("""{"LeftKnee": "A", "leftknee": "B"}""", "given twice")]
    public void ADamagedJointMapIsAUserError(string json, string says)
    {
        var error = Assert.Throws<UserErrorException>(() => JointOverrides.Parse(json, "map.json"))!;
        Assert.That(error.Message, Does.StartWith("map.json").And.Contain(says).And.Not.Contain('\n'));
    }

    [Test]
    public void AMissingJointMapIsAUserError()
        => Assert.That(() => JointOverrides.Read("nowhere.json"), Throws.TypeOf<UserErrorException>().With.Message.Contain("nowhere.json"));

    /// <summary>The excerpt with other names of joints.</summary>
    private static BvhFile Rename(Func<string, string> rename)
    {
        var lines = File.ReadLines(BvhSamples.PathOf("02_01")).Select(line => line.Trim().Split(' ', 2) is ["JOINT" or "ROOT", var name]
            ? $"{(line.Contains("ROOT", StringComparison.Ordinal) ? "ROOT" : "JOINT")} {rename(name.Trim())}" : line);
        return BvhSamples.Parse(string.Join('\n', lines));
    }

    private static void AssertSameJoints(BvhFile file, JointOverrides overrides)
    {
        var expected = JointMap.Resolve(BvhSamples.Read("02_01"), JointOverrides.None);
        var actual = JointMap.Resolve(file, overrides);
        foreach (var joint in Enum.GetValues<Joint>()) Assert.That(actual[joint], Is.EqualTo(expected[joint]), $"{joint}");
        Assert.That((actual.RightToe, actual.LeftToe), Is.EqualTo((expected.RightToe, expected.LeftToe)));
    }
}
