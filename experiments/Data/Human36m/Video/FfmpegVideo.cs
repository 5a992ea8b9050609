namespace PoseEngine.Experiments.Data.Human36m.Video;

/// <summary>The frames of a video, decoded by the program ffmpeg and taken from its standard output as they come. They are as many, and in
/// the same order, as the images that ffmpeg writes when it is given no other options.</summary>
public static class FfmpegVideo
{
    // A Ctrl-C reaches ffmpeg too, and may reach it first.
    private const int MillisecondsForCancellation = 300;
    private const int MillisecondsToEnd = 5000;

    /// <summary>The frames in their order. The program ends when the enumeration does.</summary>
    public static IEnumerable<RgbImage> Frames(string path, string? ffmpeg, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        var program = FfmpegProgram.Find(ffmpeg, Environment.GetEnvironmentVariable("PATH")) ?? throw FfmpegProgram.Missing(path, ffmpeg);
        return Read(path, program, token);
    }

    private static IEnumerable<RgbImage> Read(string path, string program, CancellationToken token)
    {
        using var process = Start(path, program);
        var said = TextTail.Follow(process.StandardError);
        using var cancellation = token.Register(() => End(process));
        try
        {
            var reader = new PpmStream(new BufferedStream(process.StandardOutput.BaseStream, 1 << 16));
            while (Next(reader, process, path, said, token) is { } frame) yield return frame;
            if (Finish(process, said) is var (code, line) && code != 0) throw Failed(path, program, code, line, token);
            if (reader.Count == 0) throw new UserErrorException($"{path} has no frames, says {program}: download or unpack the video again");
        }
        finally
        {
            End(process);
        }
    }

    private static Process Start(string path, string program)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // A full path is never taken for a protocol or an option.
        foreach (var argument in (string[])["-nostdin", "-v", "error", "-i", Path.GetFullPath(path), "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "-"])
            start.ArgumentList.Add(argument);
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or IOException or InvalidOperationException)
        {
            throw new UserErrorException($"{program} cannot be started ({error.Message}): name an ffmpeg that can be run", error);
        }
    }

    private static RgbImage? Next(PpmStream reader, Process process, string path, TextTail said, CancellationToken token)
    {
        try
        {
            var frame = reader.Read();
            token.ThrowIfCancellationRequested();
            return frame;
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            token.ThrowIfCancellationRequested();
            // What stopped it is worth more than what is missing.
            if (error is IOException && Finish(process, said) is var (code, line) && code != 0) throw Failed(path, process.StartInfo.FileName, code, line, token);
            throw new UserErrorException($"{path}: what {process.StartInfo.FileName} writes cannot be read, frame {reader.Count}: {error.Message}; look whether it is a real ffmpeg, and whether the video can be played", error);
        }
    }

    private static UserErrorException Failed(string path, string program, int code, string line, CancellationToken token)
    {
        token.WaitHandle.WaitOne(MillisecondsForCancellation);
        token.ThrowIfCancellationRequested();
        return new UserErrorException($"{path} cannot be decoded: {program} ended with code {code}{(line.Length > 0 ? $" and said {line}" : "")}; download or unpack the video again");
    }

    private static (int Code, string Line) Finish(Process process, TextTail said)
    {
        if (!process.WaitForExit(MillisecondsToEnd)) End(process);
        return (process.ExitCode, said.LastLine(MillisecondsToEnd));
    }

    private static void End(Process process)
    {
        try
        {
            if (process.HasExited) return;
            process.Kill(entireProcessTree: true);
            process.WaitForExit(MillisecondsToEnd);
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It ended by itself in between.
        }
    }
}

/// <summary>Looks for the program ffmpeg, and says what to do without it.</summary>
internal static class FfmpegProgram
{
    /// <param name="given">What the user names: a file, or a name to be looked for; null for "ffmpeg".</param>
    /// <param name="path">The folders to look in, as PATH has them. The folder that one is in does not count.</param>
    public static string? Find(string? given, string? path)
    {
        var name = given ?? "ffmpeg";
        if (Path.GetFileName(name) != name) return File.Exists(name) ? Path.GetFullPath(name) : null;
        string[] names = OperatingSystem.IsWindows() ? [name + ".exe", name] : [name];
        return (path ?? "").Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified)
            .SelectMany(folder => names.Select(file => Path.Combine(folder, file)))
            .FirstOrDefault(File.Exists);
    }

    public static UserErrorException Missing(string video, string? given) => new(
        (given is null ? $"{video} needs the program ffmpeg, which is not on PATH" : $"{video} needs ffmpeg, and there is no program {given}")
        + $": install it, or name it with --ffmpeg, or extract the frames where it is, for each video:{Environment.NewLine}  {Command(video)}");

    /// <summary>The command that extracts the frames of a video to where <see cref="FrameTree"/> finds them.</summary>
    public static string Command(string video)
    {
        var folder = FolderOf(video);
        // A percent sign begins a number in the names that ffmpeg writes.
        var images = Path.Combine(folder.Replace("%", "%%", StringComparison.Ordinal), "img_%06d.jpg");
        return $"mkdir {Quoted(folder)} && ffmpeg -i {Quoted(Path.GetFullPath(video))} -qscale:v 3 {Quoted(images)}";
    }

    internal static string FolderOf(string video)
    {
        var full = Path.GetFullPath(video);
        return Path.Combine(Path.GetDirectoryName(full)!, Path.GetFileNameWithoutExtension(full));
    }

    private static string Quoted(string text) => text.AsSpan().IndexOfAny("\"$`\\!") < 0 || OperatingSystem.IsWindows()
        ? $"\"{text}\""
        : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}

/// <summary>Reads a program's messages to their end, so that it never waits for a reader, and keeps the last of them.</summary>
internal sealed class TextTail
{
    private const int Kept = 1000;
    private readonly Lock _gate = new();
    private string _tail = "";
    private Task _reading = Task.CompletedTask;

    public static TextTail Follow(TextReader reader)
    {
        var tail = new TextTail();
        tail._reading = Task.Run(() => tail.ReadAll(reader));
        return tail;
    }

    /// <summary>The last line that is not blank, shortened, once all is read; what there is after a time.</summary>
    public string LastLine(int milliseconds)
    {
        _reading.Wait(milliseconds);
        lock (_gate)
        {
            var line = _tail.Split('\n').Select(text => text.Trim()).LastOrDefault(text => text.Length > 0) ?? "";
            return line.Length == 0 ? "" : Unreadable.Quote(line);
        }
    }

    private async Task ReadAll(TextReader reader)
    {
        var buffer = new char[Kept];
        try
        {
            while (await reader.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read)
            {
                lock (_gate)
                {
                    var all = string.Concat(_tail, buffer.AsSpan(0, read));
                    _tail = all[Math.Max(0, all.Length - Kept)..];
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The program was ended.
        }
    }
}
