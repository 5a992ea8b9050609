using System.Diagnostics;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Tests.Support;

/// <summary>Runs the scripts of <c>tools/</c>, and programs.</summary>
internal static class Shell
{
    /// <summary>Runs a script by bash and returns its exit code and what it wrote.</summary>
    public static (int Code, string Output) Run(string script, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("/bin/bash", [script, .. arguments]);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Run(start);
    }

    /// <summary>Writes a script that can be run as a program.</summary>
    public static void WriteProgram(string path, string script)
    {
        File.WriteAllText(path, $"#!/bin/bash\n{script}\n");
        if (OperatingSystem.IsLinux()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Runs <c>poseengine</c> as a user does, in a folder and on the machine's own devices: the stand-in is this process's alone.</summary>
    public static (int Code, string Output) Poseengine(string folder, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "poseengine.dll"), .. arguments]) { WorkingDirectory = folder };
        start.Environment.Remove(CudaLibrarySearch.OverrideVariable);
        return Run(start);
    }

    /// <summary>Starts a process and waits for its end.</summary>
    public static (int Code, string Output) Run(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }
}
