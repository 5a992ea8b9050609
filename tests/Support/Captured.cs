namespace PoseEngine.Tests.Support;

/// <summary>What a run of the program says, whatever other fixtures' runs say at the same time.</summary>
internal static class Captured
{
    /// <summary>The exit code of a run, with its standard output and its standard error.</summary>
    public static (int Code, string Output, string Error) Run(Func<int> run)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using (FlowConsole.To(output, error)) return (run(), output.ToString(), error.ToString());
    }
}
