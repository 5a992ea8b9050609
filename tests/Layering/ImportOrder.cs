using System.Text.RegularExpressions;

namespace PoseEngine.Tests.Layering;

/// <summary>What the folders of a part of the source tree may use, and what their files do use.</summary>
/// <param name="root">The part's folder, such as "engine".</param>
/// <param name="rootNamespace">Its namespace.</param>
/// <param name="order">Its folders: each may use those before it.</param>
/// <param name="exceptions">Folders that may use only some of them, or others.</param>
/// <param name="hasGlobalUsings">Whether imports may be global, so that files show what they use by the names of types alone.</param>
internal sealed partial class ImportOrder(
    string root, string rootNamespace, string[] order, IReadOnlyDictionary<string, string[]> exceptions, bool hasGlobalUsings = false)
{
    private readonly Lazy<ILookup<string, string>> _typesByFolder = new(() => Sources(root)
        .ToLookup(source => source.Folder, source => Path.GetFileNameWithoutExtension(source.File)));

    /// <summary>Types whose name one folder alone declares.</summary>
    private readonly Lazy<Dictionary<string, string>> _folderOfType = new(() => Sources(root)
        .SelectMany(source => Declaration().Matches(Code(source.Text)).Select(match => (Name: match.Groups[1].Value, source.Folder)))
        .GroupBy(type => type.Name, type => type.Folder).Where(folders => folders.Distinct().Count() == 1)
        .ToDictionary(folders => folders.Key, folders => folders.First()));

    /// <summary>All folders that the rules know.</summary>
    public IEnumerable<string> Folders => order.Concat(exceptions.Keys).Distinct();

    /// <summary>The C# files of a part of the source tree, each with the folder at the top of that part, or "" for its root.</summary>
    public static IEnumerable<(string Folder, string File, string Text)> Sources(string root)
    {
        var path = Path.Combine(Cuda.Repository.Folder!, root);
        foreach (var file in Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories))
        {
            var parts = Path.GetRelativePath(path, file).Split(Path.DirectorySeparatorChar);
            if (parts[0] is not ("bin" or "obj")) yield return (parts.Length == 1 ? "" : parts[0], file, File.ReadAllText(file));
        }
    }

    /// <summary>The code of a text without its line comments, to which documentation belongs.</summary>
    public static string Code(string text) => LineComment().Replace(text, "");

    /// <summary>The folders of this part that a text uses, by using directives, full names or names relative to the root.</summary>
    public IEnumerable<string> Uses(string text)
    {
        var code = Code(text);
        var declared = hasGlobalUsings ? TypeUse().Matches(code).Select(match => _folderOfType.Value.GetValueOrDefault(match.Value, "")) : [];
        var full = Regex.Matches(code, $@"\b{Regex.Escape(rootNamespace)}\.(\w+)").Select(match => match.Groups[1].Value);
        var relative = RelativeName().Matches(code)
            .Where(match => _typesByFolder.Value[match.Groups[1].Value].Contains(match.Groups[2].Value))
            .Select(match => match.Groups[1].Value);
        return full.Concat(relative).Concat(declared).Where(Folders.Contains).Distinct();
    }

    /// <summary>The folders that a text in a folder uses against the order.</summary>
    public IEnumerable<string> Violations(string folder, string text)
    {
        var allowed = exceptions.GetValueOrDefault(folder) ?? order[..Math.Max(Array.IndexOf(order, folder), 0)];
        return Uses(text).Where(used => used != folder && !allowed.Contains(used));
    }

    /// <summary>A name where only a type can stand: before a member, type arguments or a variable, or behind "new".</summary>
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*(?=\.[A-Z]|<[A-Z]|\??(?:\[\])? [a-z_]\w* ?[,;=)])|(?<=\bnew )[A-Z]\w*")]
    private static partial Regex TypeUse();

    [GeneratedRegex(@"^(?:(?:public|internal|static|sealed|abstract|readonly|partial|unsafe|ref) )+(?:class|record struct|record|struct|interface|enum) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"(?<!:)//.*")]
    private static partial Regex LineComment();

    [GeneratedRegex(@"(?<![\w.])([A-Z]\w*)\.([A-Z]\w*)")]
    private static partial Regex RelativeName();
}
