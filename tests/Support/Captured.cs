namespace PoseEngine.Tests.Support;

/// <summary>What a run of the program says.</summary>
internal static class Captured
{
    /// <summary>The exit code of a run, with its standard output and its standard error.</summary>
    public static (int Code, string Output, string Error) Run(Func<int> run)
    {
        var (oldOut, oldError) = (Console.Out, Console.Error);
        using var output = new StringWriter();
        using var error = new StringWriter();
        try
        {
            Console.SetOut(output);
            Console.SetError(error);
            return (run(), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(oldOut);
            Console.SetError(oldError);
        }
    }
}
