namespace PoseEngine.Experiments.Data.Human36m.Video;

/// <summary>Reads a program's messages to their end, so that it never waits for a reader, and keeps the last of them.</summary>
internal sealed class TextTail
{
    private const int Kept = 1000;

    private readonly Lock _gate = new();
    private string _tail = "";
    private Task _reading = Task.CompletedTask;

    /// <summary>Begins to read.</summary>
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
