using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;
using PoseEngine.Tests.Formats;
using PureHDF;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>
/// A tiny data set, the same in each layout: two subjects (S7's second trial is called "Walking 2"), two trials of Walking, four
/// cameras, a few frames. World positions are whole numbers of float32 metres, so that all units hold them exactly enough.
/// </summary>
internal static class HumanTree
{
    public const int Frames = 3;
    public static readonly int[] Subjects = [7, 9];
    private static readonly Lazy<byte[][]> Pictures = new(() => [.. Enumerable.Range(0, 8).Select(Picture)]);

    /// <summary>All recordings, in the order of a pack.</summary>
    public static IEnumerable<RecordingKey> Keys
        => from subject in Subjects from trial in new[] { 1, 2 } from camera in Enumerable.Range(1, 4) select new RecordingKey(subject, HumanAction.Walking, trial, camera);

    /// <summary>The file name of a trial.</summary>
    public static string Stem(int subject, int trial) => trial == 1 ? "Walking 1" : subject == 7 ? "Walking 2" : "Walking";

    /// <summary>32 joints a frame, world, mm.</summary>
    public static Vec3[][] World(int subject, int trial)
        => [.. SomePoses.World(Frames, (ulong)((10 * subject) + trial)).Select(pose => pose.Select(p => new Vec3(Rounded(p.X), Rounded(p.Y), Rounded(p.Z))).ToArray())];

    /// <summary>32 joints a frame, camera space, mm.</summary>
    public static Vec3[][] Seen(RecordingKey key) => SomePoses.Seen(World(key.Subject, key.Trial), key.Subject, key.Camera);

    /// <summary>processed/S9/Walking-2/annot.h5 and imageSequence.</summary>
    public static string Fetch(string root, string table = "pose/3d")
    {
        foreach (var sequence in Keys.GroupBy(key => (key.Subject, key.Trial)))
        {
            var folder = Directory.CreateDirectory(Path.Combine(root, "processed", $"S{sequence.Key.Subject}", $"Walking-{sequence.Key.Trial}")).FullName;
            var values = SomePoses.Flat(sequence.SelectMany(Seen));
            var poses = new double[sequence.Count() * Frames, 32, 3];
            Buffer.BlockCopy(values, 0, poses, 0, values.Length * sizeof(double));
            var file = new H5File
            {
                [table.Split('/')[0]] = new H5Group { [table.Split('/')[1]] = poses },
                ["camera"] = sequence.SelectMany(key => Enumerable.Repeat(int.Parse(CameraTable.Id(key.Camera), CultureInfo.InvariantCulture), Frames)).ToArray(),
                ["frame"] = sequence.SelectMany(_ => Enumerable.Range(1, Frames)).ToArray(),
            };
            file.Write(Path.Combine(folder, "annot.h5"));
            foreach (var key in sequence) Images(key, Path.Combine(folder, "imageSequence", CameraTable.Id(key.Camera)), "img_");
        }

        return root;
    }

    /// <summary>The official tree; world files instead of those by camera where wanted.</summary>
    public static string Cdf(string root, bool world = false, CdfOptions? options = null, string product = "D3_Positions_mono")
    {
        options = (options ?? new CdfOptions()) with { Doubles = true };
        foreach (var key in Keys)
        {
            var subject = Path.Combine(root, $"S{key.Subject}");
            var stem = Stem(key.Subject, key.Trial);
            var folder = Directory.CreateDirectory(Path.Combine(subject, "MyPoseFeatures", world ? "D3_Positions" : product)).FullName;
            var poses = world ? World(key.Subject, key.Trial) : Seen(key);
            File.WriteAllBytes(
                Path.Combine(folder, world ? $"{stem}.cdf" : $"{stem}.{CameraTable.Id(key.Camera)}.cdf"),
                CdfWriter.Write("Pose", 1, [Frames, 96], SomePoses.Flat(poses), options));
            Images(key, Path.Combine(subject, "Videos", $"{stem}.{CameraTable.Id(key.Camera)}"), "img_");
        }

        return root;
    }

    /// <summary>data_3d_h36m.npz, and frames in folders named as the videos.</summary>
    public static string VideoPose(string root)
    {
        var data = Subjects.ToDictionary(subject => $"S{subject}", subject => new[] { 1, 2 }.ToDictionary(
            trial => Stem(subject, trial),
            trial => (new[] { Frames, 32, 3 }, SomePoses.Flat(World(subject, trial), 1e-3).Select(v => (float)v).ToArray())));
        Directory.CreateDirectory(root);
        File.WriteAllBytes(
            Path.Combine(root, "data_3d_h36m.npz"),
            NpzArchiveTests.Zip(CompressionLevel.Fastest, ("positions_3d.npy", NpyArrayTests.File("|O", "()", NumpyPickle.Of(data)))));
        foreach (var key in Keys) Images(key, Path.Combine(root, $"S{key.Subject}", "Videos", $"{Stem(key.Subject, key.Trial)}.{CameraTable.Id(key.Camera)}"), "");
        return root;
    }

    /// <summary>annotations/Human36M_subject9_joint_3d.json and _camera.json, and folders of images named by numbers.</summary>
    public static string Json(string root)
    {
        foreach (var subject in Subjects)
        {
            JsonTree.WritePoses(root, subject, [.. new[] { 1, 2 }.Select(trial => (14, trial, SomePoses.Seventeen(World(subject, trial)).Select((pose, frame) => (frame, pose)).ToArray()))]);
            JsonTree.WriteCameras(root, subject);
        }

        foreach (var key in Keys) Images(key, Path.Combine(root, "images", JsonLayout.FolderName(key)), JsonLayout.FolderName(key) + "_");
        return root;
    }

    /// <summary>annotation_body3d/fps50/h36m_train.npz and images/S9/S9_Walking_1.54138969.</summary>
    public static string Mmpose(string root)
    {
        var names = new List<string>();
        var positions = new List<double>();
        foreach (var key in Keys)
        {
            var stem = $"S{key.Subject}_{Stem(key.Subject, key.Trial).Replace(' ', '_')}.{CameraTable.Id(key.Camera)}";
            Images(key, Path.Combine(root, "images", $"S{key.Subject}", stem), stem + "_");
            names.AddRange(Enumerable.Range(1, Frames).Select(frame => $"S{key.Subject}/{stem}/{stem}_{frame:000000}.jpg"));
            positions.AddRange(SomePoses.Seventeen(Seen(key)).SelectMany(pose => pose.SelectMany(p => new[] { p.X / 1000, p.Y / 1000, p.Z / 1000, 1 })));
        }

        var width = names.Max(name => name.Length);
        var text = Encoding.UTF32.GetBytes(string.Concat(names.Select(name => name.PadRight(width, '\0'))));
        Directory.CreateDirectory(Path.Combine(root, "annotation_body3d", "fps50"));
        File.WriteAllBytes(
            Path.Combine(root, "annotation_body3d", "fps50", "h36m_train.npz"),
            NpzArchiveTests.Zip(
                CompressionLevel.Fastest,
                ("imgname.npy", NpyArrayTests.File($"<U{width}", $"({names.Count},)", text)),
                ("S.npy", NpyArrayTests.File("<f8", $"({names.Count}, 17, 4)", MemoryMarshal.AsBytes(positions.ToArray().AsSpan()).ToArray()))));
        return root;
    }

    private static void Images(RecordingKey key, string folder, string prefix)
    {
        if (Directory.Exists(folder)) return;
        Directory.CreateDirectory(folder);
        for (var frame = 0; frame < Frames; frame++)
            File.WriteAllBytes(Path.Combine(folder, $"{prefix}{frame + 1:000000}.jpg"), Pictures.Value[(key.Camera + (4 * key.Trial) + frame + key.Subject) % 8]);
    }

    /// <summary>A frame of the studio's size with a slope of its own colours.</summary>
    private static byte[] Picture(int number)
    {
        using var image = new Image<Rgb24>(1000, 1002);
        image.ProcessPixelRows(rows =>
        {
            for (var y = 0; y < rows.Height; y++)
            {
                var row = rows.GetRowSpan(y);
                for (var x = 0; x < row.Length; x++) row[x] = new Rgb24((byte)(x / 4), (byte)(y / 4), (byte)(30 * number));
            }
        });
        using var stream = new MemoryStream();
        image.SaveAsJpeg(stream, new JpegEncoder { Quality = 80 });
        return stream.ToArray();
    }

    private static double Rounded(double millimetres) => 1000.0 * (float)(millimetres / 1000);
}
