namespace PoseEngine.Experiments.Reports;

/// <summary>A folder of results that appears under its name when it is whole, or not at all: files go to a neighbour first. An earlier one
/// is replaced only where that was asked for, and only if it holds nothing but such results.</summary>
internal sealed class ResultFolder : IDisposable
{
    private readonly string _target;

    private ResultFolder(string target) => (_target, Path) = (target, Neighbour(target, "unfinished"));

    /// <summary>Where the files are to be written.</summary>
    public string Path { get; }

    /// <summary>Checks that the folder may be made, and makes the neighbour.</summary>
    /// <param name="path">What --out names.</param>
    /// <param name="overwrite">Whether earlier results may be replaced.</param>
    /// <param name="isOwn">Whether a file belongs to such results, by its path within the folder, with forward slashes.</param>
    /// <exception cref="UserErrorException">The folder is taken, or cannot be made.</exception>
    public static ResultFolder Begin(string path, bool overwrite, Func<string, bool> isOwn)
    {
        var target = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (File.Exists(target)) throw new UserErrorException($"--out {path} is a file, a folder is needed; choose another --out");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            var files = Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories);
            var other = files.Select(file => System.IO.Path.GetRelativePath(target, file).Replace('\\', '/')).FirstOrDefault(name => !isOwn(name));
            if (other is not null) throw new UserErrorException($"--out {path} holds {other}, which is none of these results; choose another --out");
            if (!overwrite) throw new UserErrorException($"--out {path} holds earlier results; add --overwrite to replace them, or choose another --out");
        }
        var folder = new ResultFolder(target);
        OutputFile.Guard(path, () => Directory.CreateDirectory(folder.Path));
        return folder;
    }

    /// <summary>Gives the folder its name; earlier results are gone then.</summary>
    public void Commit() => OutputFile.Guard(_target, () =>
    {
        var old = Neighbour(_target, "old");
        if (Directory.Exists(_target)) Directory.Move(_target, old);
        Directory.Move(Path, _target);
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
    });

    /// <summary>Deletes what was not committed.</summary>
    public void Dispose()
    {
        try
        {
            if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one worth reporting.
        }
    }

    private static string Neighbour(string target, string what)
        => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(target) ?? ".", $".{System.IO.Path.GetFileName(target)}.{what}-{Guid.NewGuid().ToString("N")[..8]}");
}
