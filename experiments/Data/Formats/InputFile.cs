namespace PoseEngine.Experiments.Data.Formats;

/// <summary>Opens files that a user names, with one clear error where that cannot be done.</summary>
internal static class InputFile
{
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Failed(path, error);
        }
    }

    /// <summary>All bytes of a file of at most <paramref name="limit"/> bytes.</summary>
    public static byte[] ReadAll(string path, long limit)
    {
        using var stream = Open(path);
        try
        {
            if (stream.Length > limit)
                throw new UserErrorException($"{path} has {stream.Length} bytes, the limit for such a file is {limit}: give the file that the layout names");
            return BoundedBytes.Exactly(stream, stream.Length);
        }
        catch (IOException error)
        {
            throw Failed(path, error);
        }
    }

    public static UserErrorException Failed(string path, Exception error)
        => new($"{path} cannot be read ({error.GetType().Name}): check that it is a file, exists and may be read", error);
}
