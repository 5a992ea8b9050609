using System.Text;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;
using PoseEngine.Experiments.Data.Human36m.Video;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Fuzz;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Some thousands of damaged annotations and video streams.</summary>
public class AnnotationFuzzTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void JsonPoses()
    {
        var poses = SomePoses.Seventeen(SomePoses.World(2));
        (int, Vec3[])[] numbered = [(0, poses[0]), (3, poses[1])];
        var file = File.ReadAllBytes(JsonTree.WritePoses(_folder.Path, 1, (2, 1, numbered), (14, 1, numbered), (14, 2, numbered)));
        var path = _folder.At("a.json");
        new Fuzzing("joint_3d.json", mutant =>
        {
            File.WriteAllBytes(path, mutant);
            foreach (var (_, trial, raw) in PoseEngine.Experiments.Data.Human36m.JsonPoses.Read(path, action => action == HumanAction.Walking))
            {
                Assert.That(raw.Values, Has.Length.EqualTo(raw.Count * raw.Joints * 3));
                if (raw.Count == 0) continue;
                // What is read either is sound or is refused as well.
                PoseNormalizer.Normalize(new Recording(new RecordingKey(1, HumanAction.Walking, trial, 1), raw, new NoFrames("")), new ImportRequest { Root = "" }, new ImportLog());
            }
        }, file).Run(2500);
    }

    [Test]
    public void JsonCameras()
    {
        var file = File.ReadAllBytes(JsonTree.WriteCameras(_folder.Path, 1));
        var path = _folder.At("a.json");
        new Fuzzing("camera.json", mutant =>
        {
            File.WriteAllBytes(path, mutant);
            PoseEngine.Experiments.Data.Human36m.JsonCameras.Compare(path, 1, [1, 2, 3, 4], new ImportLog());
        }, file).Run(2500);
    }

    [Test]
    public void Pictures()
    {
        var file = Encoding.ASCII.GetBytes("P6\n3 2\n255\nabcdefghijklmnopqrP6 # made by hand\n2\t1 255\nuvwxyz");
        new Fuzzing("ppm", mutant =>
        {
            var pictures = new PpmStream(new MemoryStream(mutant));
            try
            {
                while (pictures.Read() is { } picture) Assert.That(picture.Pixels, Has.Length.EqualTo(3 * picture.Width * picture.Height));
            }
            catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
            {
                // As the one who asks for frames does, which adds the name of the video.
                throw new UserErrorException(error.Message, error);
            }
        }, file).Run(10_000);
    }
}
