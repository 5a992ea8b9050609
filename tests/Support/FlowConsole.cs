using System.Text;

namespace PoseEngine.Tests.Support;

/// <summary>
/// The console belongs to the whole process, fixtures run beside each other: its writers are replaced once, by ones that send
/// what is written to the flow that it comes from, the threads and tasks that a flow starts included.
/// </summary>
internal static class FlowConsole
{
    private static readonly FlowWriter Out = Install(Console.Out, Console.SetOut);
    private static readonly FlowWriter Error = Install(Console.Error, Console.SetError);

    /// <summary>Sends what this flow writes to other writers, until the result is disposed of.</summary>
    public static IDisposable To(TextWriter output, TextWriter error)
    {
        var before = new Restoring(Out.Here, Error.Here);
        (Out.Here, Error.Here) = (output, error);
        return before;
    }

    private static FlowWriter Install(TextWriter old, Action<TextWriter> set)
    {
        var writer = new FlowWriter(old);
        set(writer);
        return writer;
    }

    private sealed class Restoring(TextWriter? output, TextWriter? error) : IDisposable
    {
        public void Dispose() => (Out.Here, Error.Here) = (output, error);
    }

    private sealed class FlowWriter(TextWriter old) : TextWriter
    {
        private readonly AsyncLocal<TextWriter?> _here = new();

        public TextWriter? Here
        {
            get => _here.Value;
            set => _here.Value = value;
        }

        public override Encoding Encoding => old.Encoding;

        private TextWriter Target => Here ?? old;

        public override void Write(char value) => Target.Write(value);

        public override void Write(char[] buffer, int index, int count) => Target.Write(buffer, index, count);

        public override void Write(ReadOnlySpan<char> buffer) => Target.Write(buffer);

        public override void Write(string? value) => Target.Write(value);

        public override void Flush() => Target.Flush();
    }
}
