using Microsoft.Win32.SafeHandles;

namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>What has become of one image of an import: not yet made, in its place, or left out because it cannot be read.</summary>
internal enum ImageState : byte
{
    Open, Made, Broken,
}

/// <summary>The unfinished pack of an import: a hidden folder beside the target with the images so far, the plan that they belong to, and a
/// byte for each image that says whether it is there. It outlives the process, however that ends.</summary>
internal sealed class ImportWork : IDisposable
{
    private const string PlanFile = "plan.json";
    private const string StateFile = "state.bin";
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };
    private readonly SafeFileHandle _images, _states;
    private readonly long _offset;

    private ImportWork(string folder, int count)
    {
        Folder = folder;
        States = new ImageState[count];
        var images = Path.Combine(folder, PackFiles.Images);
        using (var stream = File.OpenRead(images)) _offset = NpyHeader.Read(stream, images).DataOffset;
        _images = File.OpenHandle(images, FileMode.Open, FileAccess.ReadWrite);
        _states = Claim(folder);
        var bytes = new byte[count];
        if (RandomAccess.Read(_states, bytes, 0) != count) throw new IOException($"{StateFile} is shorter than its plan");
        // What this program has not written is no reason to believe in an image, and one that was left out may have been mended.
        for (var i = 0; i < count; i++) States[i] = bytes[i] == (byte)ImageState.Made ? ImageState.Made : ImageState.Open;
    }

    public string Folder { get; }
    public ImageState[] States { get; }

    public static string FolderOf(string target) => Path.Combine(Path.GetDirectoryName(target) ?? ".", $".{Path.GetFileName(target)}.importing");

    public static ImportWork Open(string target, ImportPlan plan)
    {
        var folder = FolderOf(target);
        var description = plan.Describe();
        var path = Path.Combine(folder, PlanFile);
        if (File.Exists(Path.Combine(folder, StateFile))) Claim(folder).Dispose();
        if (plan.Request.Restart) PackWriter.DeleteQuietly(folder);
        if (File.Exists(path)) CheckPlan(path, description, target);
        else Create(folder, plan.Count, target, JsonSerializer.Serialize(description.ToDictionary(item => item.Name, item => item.Value), Json));
        return new ImportWork(folder, plan.Count);
    }

    /// <summary>Writes images that follow each other and then, when they are on the disk, their states.</summary>
    public void Write(int first, ReadOnlySpan<byte> images, ReadOnlySpan<ImageState> states)
    {
        RandomAccess.Write(_images, images, _offset + ((long)first * WalkerImage.ByteCount));
        RandomAccess.FlushToDisk(_images);
        RandomAccess.Write(_states, System.Runtime.InteropServices.MemoryMarshal.AsBytes(states), first);
        states.CopyTo(States.AsSpan(first));
    }

    public void Read(int index, Span<byte> image)
    {
        if (RandomAccess.Read(_images, image, _offset + ((long)index * WalkerImage.ByteCount)) != image.Length)
            throw new IOException($"{PackFiles.Images} is shorter than its plan");
    }

    public void Finish()
    {
        Dispose();
        File.Delete(Path.Combine(Folder, PlanFile));
        File.Delete(Path.Combine(Folder, StateFile));
    }

    public void Dispose()
    {
        _images.Dispose();
        _states.Dispose();
    }

    /// <summary>Opens the states for this process alone: two that write the same pack would spoil it.</summary>
    private static SafeFileHandle Claim(string folder) => Attempt.When(
        () => File.OpenHandle(Path.Combine(folder, StateFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None),
        error => error is IOException and not (FileNotFoundException or DirectoryNotFoundException),
        error => new UserErrorException($"{folder} is in use ({error.Message}): let the other import of this pack end, or name another folder", error));

    private static void Create(string folder, int count, string target, string plan)
    {
        DiskSpace.Require(target, (long)count * PackFiles.BytesPerImage);
        PackWriter.DeleteQuietly(folder);
        Directory.CreateDirectory(folder);
        PackWriter.CreateImages(folder, count, out _).Dispose();
        File.WriteAllBytes(Path.Combine(folder, StateFile), new byte[count]);
        // Last: a folder with a plan has all the rest.
        OutputFile.WriteText(Path.Combine(folder, PlanFile), plan);
    }

    private static void CheckPlan(string path, IReadOnlyList<(string Name, string Value)> wanted, string target)
    {
        Dictionary<string, string>? found;
        try
        {
            found = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path));
        }
        catch (JsonException)
        {
            found = null;
        }
        foreach (var (name, value) in wanted)
        {
            var other = found?.GetValueOrDefault(name) ?? "unknown";
            if (other == value) continue;
            throw new UserErrorException(
                $"{target} has an unfinished import with {name} {other}, this one has {value}: name another folder, give the same options to go on, or --restart to throw the old work away");
        }
    }
}
