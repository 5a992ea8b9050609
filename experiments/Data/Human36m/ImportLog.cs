namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>What an import has to say: what it found out, what it leaves out and why. Each line is printed at once and kept.</summary>
/// <param name="output">Where the lines go; null keeps them only.</param>
public sealed class ImportLog(TextWriter? output = null)
{
    private readonly List<string> _lines = [];
    private readonly Lock _gate = new();

    /// <summary>All lines so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate) return [.. _lines];
        }
    }

    /// <summary>Tells something that was found out.</summary>
    public void Note(string text) => Add(text);

    /// <summary>Tells something that holds for many recordings, the first time only.</summary>
    public void Once(string text)
    {
        lock (_gate) if (_lines.Contains(text)) return;

        Add(text);
    }

    /// <summary>Tells something that costs images or that is not as it should be.</summary>
    public void Warn(string text) => Add("warning: " + text);

    private void Add(string line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            output?.WriteLine(line);
            output?.Flush();
        }
    }
}
