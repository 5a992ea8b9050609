namespace PoseEngine.Experiments.Predictions;

/// <summary>The pictures that <c>--image</c> names.</summary>
/// <param name="Files">Paths in the order of their names.</param>
/// <param name="Skipped">Files of the folder that are neither PNG nor JPEG by name.</param>
internal sealed record ImageList(IReadOnlyList<string> Files, int Skipped)
{
    /// <summary>One file, or the PNG and JPEG files of a folder.</summary>
    /// <exception cref="UserErrorException">There is no such file or folder, or the folder holds no picture.</exception>
    public static ImageList Find(string path)
    {
        if (File.Exists(path)) return new ImageList([path], 0);
        if (!Directory.Exists(path)) throw new UserErrorException($"--image {path}: no such file or folder; name a PNG or JPEG file, or a folder of them");
        var all = Attempt.Io(
            () => Directory.GetFiles(path),
            e => new UserErrorException($"--image {path}: cannot list this folder ({e.GetType().Name}); check that it may be read", e));
        string[] files = [.. all.Where(ImageFile.HasName).Order(StringComparer.Ordinal)];
        return files.Length > 0
            ? new ImageList(files, all.Length - files.Length)
            : throw new UserErrorException($"--image {path}: the folder holds {all.Length} files and none is a PNG or JPEG picture; name another folder");
    }
}
