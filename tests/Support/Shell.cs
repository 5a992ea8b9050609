using System.Diagnostics;

namespace PoseEngine.Tests.Support;

/// <summary>Runs the scripts of <c>tools/</c>.</summary>
internal static class Shell
{
    /// <summary>Runs a script by bash and returns its exit code and what it wrote.</summary>
    public static (int Code, string Output) Run(string script, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("/bin/bash", [script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
