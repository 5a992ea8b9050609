namespace PoseEngine.Experiments.Benchmarks;

/// <summary>What is being measured, on the error stream so that tables stay clean: one line that changes on a terminal, plain lines with
/// the time since the start elsewhere. Nothing is written while a clock runs.</summary>
internal sealed class BenchProgress(TextWriter output, bool isTerminal)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _width;

    public static BenchProgress ForConsole() => new(Console.Error, !Console.IsErrorRedirected);

    public void Say(string what)
    {
        var line = $"[{Stopwatch.GetElapsedTime(_start):m\\:ss}] {what}";
        if (isTerminal) Overwrite(line);
        else output.WriteLine(line);
    }

    /// <summary>Makes room for a table.</summary>
    public void Clear()
    {
        if (!isTerminal || _width == 0) return;
        Overwrite("");
        output.Write('\r');
    }

    private void Overwrite(string line)
    {
        output.Write('\r' + line.PadRight(_width));
        output.Flush();
        _width = line.Length;
    }
}
