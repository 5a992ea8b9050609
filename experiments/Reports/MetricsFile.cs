namespace PoseEngine.Experiments.Reports;

/// <summary>metrics.jsonl: appended line by line while models train, so that a killed run keeps what it measured.</summary>
internal static class MetricsFile
{
    /// <summary>Appends a line, which is on the disk when this returns.</summary>
    public static void Append(string path, MetricLine line)
    {
        // One write of one whole line: a reader that follows the file sees complete lines only.
        var bytes = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(line, RunJson.Line) + "\n");
        OutputFile.Guard(path, () =>
        {
            using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 1);
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        });
    }

    /// <summary>All lines, or none when the file does not exist yet. A last line without its end was being written when the run was killed:
    /// it is left out. A damaged line elsewhere means that the file is not ours any more.</summary>
    public static IReadOnlyList<MetricLine> Read(string path)
    {
        if (!File.Exists(path)) return [];
        var text = ReadText(path);
        var complete = text[..(text.LastIndexOf('\n') + 1)];
        var lines = new List<MetricLine>();
        var number = 0;
        foreach (var raw in complete.Split('\n'))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(raw)) lines.Add(Parse(raw, path, number));
        }
        return lines;
    }

    /// <summary>Keeps only the lines that <paramref name="keep"/> accepts, and drops a torn last line.</summary>
    public static void Filter(string path, Func<MetricLine, bool> keep)
    {
        if (!File.Exists(path)) return;
        var text = new StringBuilder();
        foreach (var line in Read(path).Where(keep))
            text.Append(JsonSerializer.Serialize(line, RunJson.Line)).Append('\n');
        OutputFile.WriteText(path, text.ToString());
    }

    private static MetricLine Parse(string raw, string path, int number)
    {
        var line = Attempt.Of(
            () => JsonSerializer.Deserialize<MetricLine>(raw, RunJson.Line),
            (JsonException e) => Damaged(RunJson.Reason(e), e));
        return line is { Model: not null, Method: not null } ? line : throw Damaged("model or method is null");

        UserErrorException Damaged(string what, Exception? inner = null)
            => new($"{path} is damaged at line {number} ({what}); delete that line or run the experiment again", inner);
    }

    private static string ReadText(string path) => Attempt.Io(
        () =>
        {
            // The run that writes the file may still be going on.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd();
        },
        e => RunJson.CannotRead(path, e));
}
