using System.Reflection;

namespace PoseEngine.Cuda;

/// <summary>The texts of <c>kernels/</c>, embedded in the library.</summary>
internal static class KernelSources
{
    private const string Prefix = "kernels/";

    private static readonly Lazy<Dictionary<string, string>> Texts = new(ReadAll);

    /// <summary>All files by name, such as "relu.cu".</summary>
    public static IReadOnlyDictionary<string, string> All => Texts.Value;

    /// <summary>The headers, which every source may include.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Headers
        => All.Where(file => file.Key.EndsWith(".cuh", StringComparison.Ordinal)).OrderBy(file => file.Key, StringComparer.Ordinal);

    private static Dictionary<string, string> ReadAll()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var texts = new Dictionary<string, string>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            texts[name[Prefix.Length..]] = reader.ReadToEnd().ReplaceLineEndings("\n");
        }
        return texts;
    }
}
