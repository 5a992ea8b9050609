using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PoseEngine.Experiments.Data;

/// <summary>Writes packs: images are made in parallel and written into their slots, so memory stays small and the bytes do not depend on
/// the number of threads. The pack appears under its name when it is whole, or not at all.</summary>
public static class PackWriter
{
    private const int ImagesPerChunk = 64;

    /// <summary>Makes the pack <paramref name="folder"/>, which must not exist yet (or be empty).</summary>
    public static void Write(
        string folder, IPackSource source, PackDescription description, int threads = 0,
        IProgress<(long Done, long Total)>? progress = null, CancellationToken token = default)
    {
        var target = Path.GetFullPath(folder);
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new UserErrorException($"{folder} exists already: name another folder or delete it first");
        if (source.Count < 1) throw new UserErrorException($"a pack of {source.Count} images was asked for: ask for at least one");
        var temporary = TemporaryName(target);
        try
        {
            DiskSpace.Require(target, (long)source.Count * PackFiles.BytesPerImage);
            Directory.CreateDirectory(temporary);
            Fill(temporary, source, threads, progress, token);
            PackFiles.WriteDescription(Path.Combine(temporary, PackFiles.Description), description with { ImageCount = source.Count });
            token.ThrowIfCancellationRequested();
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(temporary, target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{folder} cannot be written ({error.Message}): free space or name another folder", error);
        }
        finally
        {
            DeleteQuietly(temporary);
        }
    }

    /// <summary>The beginning of the names of unfinished packs beside a target.</summary>
    internal static string TemporaryPrefix(string target) => $".{Path.GetFileName(target)}.unfinished-";

    internal static void DeleteQuietly(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What cannot be deleted now is found by name and deleted when the same pack is made again.
        }
    }

    private static string TemporaryName(string target)
        => Path.Combine(Path.GetDirectoryName(target) ?? ".", TemporaryPrefix(target) + Guid.NewGuid().ToString("N")[..12]);

    private static void Fill(string folder, IPackSource source, int threads, IProgress<(long Done, long Total)>? progress, CancellationToken token)
    {
        var entries = new PackEntry[source.Count];
        using (var images = CreateImages(folder, source.Count, out var imageOffset))
        using (var poses = CreatePoses(folder, source.Count, out var poseOffset))
        {
            var done = 0L;
            var chunks = (source.Count + ImagesPerChunk - 1) / ImagesPerChunk;
            InParallel.Run(threads, options => Parallel.For(0, chunks, options, () => new Chunk(), (index, _, chunk) =>
            {
                var first = index * ImagesPerChunk;
                var count = Math.Min(ImagesPerChunk, source.Count - first);
                for (var i = 0; i < count; i++)
                {
                    token.ThrowIfCancellationRequested();
                    entries[first + i] = source.Make(first + i, chunk.Image(i), chunk.Pose(i));
                }
                RandomAccess.Write(images, chunk.Images.AsSpan(0, count * WalkerImage.ByteCount), imageOffset + ((long)first * WalkerImage.ByteCount));
                var values = MemoryMarshal.AsBytes(chunk.Poses.AsSpan(0, count * PackFiles.PoseValues));
                RandomAccess.Write(poses, values, poseOffset + ((long)first * PackFiles.PoseValues * sizeof(float)));
                progress?.Report((Interlocked.Add(ref done, count), source.Count));
                return chunk;
            }, _ => { }), token);
        }
        WriteMeta(Path.Combine(folder, PackFiles.Meta), entries);
    }

    internal static SafeFileHandle CreateImages(string folder, int count, out long offset)
        => Create(Path.Combine(folder, PackFiles.Images), "|u1", WalkerImage.ByteCount, [count, 128, 128, 3], out offset);

    internal static SafeFileHandle CreatePoses(string folder, int count, out long offset)
        => Create(Path.Combine(folder, PackFiles.Poses), "<f4", PackFiles.PoseValues * sizeof(float), [count, Skeleton.JointCount, 3], out offset);

    private static SafeFileHandle Create(string path, string type, long bytesEach, long[] shape, out long offset)
    {
        using (var stream = File.Create(path)) offset = NpyHeader.Write(stream, type, shape);
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(handle, offset + (shape[0] * bytesEach));
        return handle;
    }

    internal static void WriteMeta(string path, ReadOnlySpan<PackEntry> entries)
    {
        using var writer = new StreamWriter(path) { NewLine = "\n" };
        writer.WriteLine(PackFiles.MetaHeader + PackFiles.CropHeader);
        foreach (ref readonly var entry in entries) writer.WriteLine(PackFiles.Row(entry));
    }

    private sealed class Chunk
    {
        public byte[] Images { get; } = new byte[ImagesPerChunk * WalkerImage.ByteCount];
        public float[] Poses { get; } = new float[ImagesPerChunk * PackFiles.PoseValues];
        public Span<byte> Image(int index) => Images.AsSpan(index * WalkerImage.ByteCount, WalkerImage.ByteCount);
        public Span<float> Pose(int index) => Poses.AsSpan(index * PackFiles.PoseValues, PackFiles.PoseValues);
    }
}

/// <summary>Checks that a disk has room before hours of work are put on it.</summary>
public static class DiskSpace
{
    // Room for file system tables, and for whatever else is being written.
    private const long Reserve = 64L << 20;

    /// <summary>Throws unless the disk of a path has room for so many bytes.</summary>
    public static void Require(string path, long bytes) => Require(path, bytes, Available);

    /// <summary>As above, with another way to ask for the free bytes; null where that cannot be told.</summary>
    internal static void Require(string path, long bytes, Func<string, long?> available)
    {
        if (available(path) is not { } free || free >= bytes + Reserve) return;
        throw new UserErrorException($"{path} needs {Size(bytes)} but its disk has {Size(free)} free: make fewer images or name a folder on another disk");
    }

    public static string Size(long bytes) => bytes < 1L << 30 ? $"{bytes / 1048576.0:F0} MiB" : $"{bytes / 1073741824.0:F1} GiB";

    private static long? Available(string path)
    {
        try
        {
            var folder = Path.GetFullPath(path);
            while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Network shares and odd mounts do not always tell; writing will.
            return null;
        }
    }
}
