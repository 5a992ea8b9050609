using System.IO.MemoryMappedFiles;

namespace PoseEngine.Experiments.Data;

/// <summary>A pack of images and poses on disk, memory-mapped: opening it costs a check of the poses and the memory of the metadata,
/// whatever the number of images. Safe to read from several threads.</summary>
public sealed unsafe class Pack : IDisposable
{
    // No joint is ten metres from the pelvis; larger values are damage, or another unit.
    private const float MaximumCoordinate = 10_000;

    private readonly MappedNumbers _images, _poses;
    private readonly PackEntry[] _entries;
    private IReadOnlyList<string>? _columns;

    private Pack(string folder, MappedNumbers images, MappedNumbers poses, PackEntry[] entries, PackDescription? description)
    {
        (Folder, _images, _poses, _entries, Description) = (folder, images, poses, entries, description);
        Subjects = [.. entries.Select(e => e.Subject).Distinct()];
    }

    public string Folder { get; }
    public int Count => _entries.Length;
    public PackDescription? Description { get; }

    /// <summary>The names of all subjects, in the order of their first images.</summary>
    public IReadOnlyList<string> Subjects { get; }

    /// <summary>The names of the columns of its metadata.</summary>
    public IReadOnlyList<string> Columns => _columns ??= PackMeta.Columns(Path.Combine(Folder, PackFiles.Meta));

    /// <summary>What <see cref="GroupBy"/> found: a number for each image, which those of one group share; an array a column.</summary>
    public IReadOnlyList<int[]> Groupings { get; private set; } = [];

    /// <summary>Groups the images by columns of the metadata, each of which is one of <see cref="Columns"/>.</summary>
    /// <exception cref="UserErrorException">meta.csv has changed and does not fit the pack any more.</exception>
    public void GroupBy(IReadOnlyList<string> columns)
        => Groupings = [.. columns.Select(column => PackMeta.Groups(Path.Combine(Folder, PackFiles.Meta), Columns.ToList().IndexOf(column), Count))];

    /// <summary>Opens a pack and checks that its files are whole and agree with each other.</summary>
    public static Pack Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new UserErrorException($"there is no pack {folder}: make one with 'poseengine data make' or name another folder");
        MappedNumbers? images = null;
        MappedNumbers? poses = null;
        try
        {
            images = MappedNumbers.Open(Path.Combine(folder, PackFiles.Images), "|u1", [128, 128, 3]);
            poses = MappedNumbers.Open(Path.Combine(folder, PackFiles.Poses), "<f4", [Skeleton.JointCount, 3]);
            if (images.Count != poses.Count)
                throw new UserErrorException($"{folder} has {images.Count} images but {poses.Count} poses: make the pack again");
            CheckPoses(folder, poses);
            var meta = Path.Combine(folder, PackFiles.Meta);
            if (!File.Exists(meta)) throw new UserErrorException($"{meta} is missing: make the pack again");
            var entries = PackMeta.Read(meta, images.Count);
            return new Pack(folder, images, poses, entries, PackFiles.ReadDescription(Path.Combine(folder, PackFiles.Description)));
        }
        catch (Exception error)
        {
            images?.Dispose();
            poses?.Dispose();
            if (error is IOException or UnauthorizedAccessException)
                throw new UserErrorException($"{folder} cannot be read ({error.Message}): check the folder and its permissions", error);
            throw;
        }
    }

    /// <summary>Image <paramref name="index"/>: 128 rows of 128 pixels, RGB. Valid until the pack is disposed of.</summary>
    public ReadOnlySpan<byte> Image(int index) => new(_images.At(index), WalkerImage.ByteCount);

    /// <summary>Pose <paramref name="index"/>: 17 x 3 values, mm, camera space minus the pelvis.</summary>
    public ReadOnlySpan<float> Pose(int index) => new(_poses.At(index), PackFiles.PoseValues);

    /// <summary>All poses, one after the other.</summary>
    public ReadOnlySpan<float> Poses => new(_poses.At(0), checked(Count * PackFiles.PoseValues));

    public PackEntry Entry(int index) => _entries[index];
    public string Subject(int index) => _entries[index].Subject;
    public int Trial(int index) => _entries[index].Trial;
    public int Camera(int index) => _entries[index].Camera;
    public int Frame(int index) => _entries[index].Frame;
    public string Source(int index) => _entries[index].Source;

    /// <summary>Which part of the view an image shows; the plain 2 m box where the pack does not say.</summary>
    public CropGeometry Crop(int index) => _entries[index].Crop ?? CropGeometry.Orthographic;

    public void Dispose()
    {
        _images.Dispose();
        _poses.Dispose();
    }

    private static void CheckPoses(string folder, MappedNumbers poses)
    {
        for (var i = 0; i < poses.Count; i++)
        {
            foreach (var value in new ReadOnlySpan<float>(poses.At(i), PackFiles.PoseValues))
            {
                // Not a number fails this comparison too.
                if (!(MathF.Abs(value) <= MaximumCoordinate))
                    throw new UserErrorException($"{folder}: pose {i} holds {value} mm, the limit is {MaximumCoordinate}: make the pack again");
            }
        }
    }

    /// <summary>A .npy file mapped into memory as equal items.</summary>
    private sealed class MappedNumbers : IDisposable
    {
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;
        private readonly byte* _start;
        private readonly long _itemLength;
        private bool _disposed;

        private MappedNumbers(string path, NpyHeader header)
        {
            Count = (int)header.Shape[0];
            _itemLength = header.DataLength / header.Shape[0];
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* pointer = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
            _start = pointer + header.DataOffset;
        }

        public int Count { get; }

        public static MappedNumbers Open(string path, string type, long[] itemShape)
        {
            if (!File.Exists(path)) throw new UserErrorException($"{path} is missing: make the pack again");
            NpyHeader header;
            long length;
            using (var stream = File.OpenRead(path)) (header, length) = (NpyHeader.Read(stream, path), stream.Length);
            var wanted = $"{type} of shape (N, {string.Join(", ", itemShape)}) in C order";
            if (header.Type != type || header.FortranOrder || header.Shape.Length != itemShape.Length + 1
                || !header.Shape.AsSpan(1).SequenceEqual(itemShape))
            {
                throw new UserErrorException($"{path} holds {header.Type} of shape ({string.Join(", ", header.Shape)}), a pack needs {wanted}: make the pack again");
            }
            if (header.Shape[0] is < 1 or > int.MaxValue)
                throw new UserErrorException($"{path} claims {header.Shape[0]} items, the limits are 1 and {int.MaxValue}: make the pack again");
            var needed = header.DataOffset + header.DataLength;
            if (length != needed)
                throw new UserErrorException($"{path} has {length} bytes but its header promises {needed}: it is cut off or damaged, make the pack again");
            return new MappedNumbers(path, header);
        }

        public byte* At(int index)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(Pack));
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return _start + (index * _itemLength);
        }

        public void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }
    }
}
