using PoseEngine.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Data;

/// <summary>A temporary folder and a small pack of all seven subjects, made once for all tests that read it.</summary>
public abstract class PackFixture
{
    private static readonly Lazy<string> Shared = new(MakeShared);

    /// <summary>168 images: 6 frames of each subject by four cameras, shared out over the trials.</summary>
    protected static WalkerSettings Small { get; } = new() { MaximumImages = 168, Difficulty = .2, Seed = 5 };

    protected string Root { get; private set; } = "";

    [SetUp]
    public void MakeFolder() => Root = Directory.CreateTempSubdirectory("poseengine-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(Root, recursive: true);

    /// <summary>The shared pack; tests must not change it.</summary>
    protected static string SmallPack() => Shared.Value;

    /// <summary>A copy of the shared pack that a test may damage.</summary>
    protected string Copy()
    {
        var copy = Path.Combine(Root, "copy");
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.EnumerateFiles(SmallPack())) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    private static string MakeShared()
    {
        var root = Directory.CreateTempSubdirectory("poseengine-test-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        var folder = Path.Combine(root, "small");
        WalkerMaker.Make(Small with { Threads = 2 }, folder);
        return folder;
    }
}
