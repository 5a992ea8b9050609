namespace PoseEngine.Tests.Cuda;

/// <summary>What tests need of the source tree, which a copied build does not have.</summary>
internal static class Repository
{
    /// <summary>The root folder, or null where the tests run without their sources.</summary>
    public static string? Folder { get; } = Find(AppContext.BaseDirectory);

    /// <summary>Whether a program is on PATH.</summary>
    public static bool HasProgram(string name)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));

    private static string? Find(string? folder)
    {
        while (folder is not null && !File.Exists(Path.Combine(folder, "PoseEngine.sln"))) folder = Path.GetDirectoryName(folder);
        return folder;
    }
}
