namespace PoseEngine.Formats;

/// <summary>Reads the numbers of a user's own file: a table as text, an array of numpy, or one of several in an archive.</summary>
public static class NumberFile
{
    private const string Archive = ".npz";

    /// <param name="source">TABLE.csv, .tsv or .txt; ARRAY.npy; SET.npz:MEMBER, or SET.npz that holds a single array.</param>
    /// <exception cref="UserErrorException">The file is not there, is damaged or holds something else; the message names file, place and value.</exception>
    public static NumberArray Read(string source)
    {
        var member = source.LastIndexOf(Archive + ":", StringComparison.OrdinalIgnoreCase);
        if (member >= 0) return Member(source[..(member + Archive.Length)], source[(member + Archive.Length + 1)..]);
        return Path.GetExtension(source).ToLowerInvariant() switch
        {
            ".csv" or ".tsv" or ".txt" => NumberTable.Read(source),
            ".npy" => Of(NpyArray.Open(source), source),
            Archive => Member(source, null),
            _ => throw new UserErrorException($"{source} is no file of numbers: give TABLE.csv, .tsv or .txt, ARRAY.npy or SET.npz:MEMBER"),
        };
    }

    private static NumberArray Member(string path, string? name)
    {
        using var archive = NpzArchive.Open(path);
        if (name is not null && archive.Contains(name)) return Of(archive.Read(name), $"{path}:{name}");
        if (name is null && archive.Names.Count == 1) return Of(archive.Read(archive.Names.Single()), path);
        var names = archive.Names.Count == 0 ? "none" : string.Join(", ", archive.Names.Take(10).Select(Unreadable.Quote));
        throw new UserErrorException(name is null ? $"{path} holds {archive.Names.Count} arrays: write {path}:MEMBER, its members are {names}"
            : $"{path} has no member {Unreadable.Quote(name)}: its members are {names}");
    }

    private static NumberArray Of(NpyArray array, string name)
    {
        if (!array.Type.IsNumber)
            throw new UserErrorException($"{name} holds items of type {array.Type}, expected numbers: save it as float32, float64, uint8 or an integer type");
        if (array.Shape.Length == 0 || array.Count == 0)
            throw new UserErrorException($"{name} has shape ({string.Join(", ", array.Shape)}), expected a sample or more along the first dimension");
        if (array.Count > Array.MaxLength)
            throw new UserErrorException($"{name} has {array.Count} numbers, the limit is {Array.MaxLength}: give a part of it");
        int[] shape = [.. array.Shape.Select(extent => (int)extent)];
        if (array.Type is { Kind: 'u', Size: 1 }) return new NumberArray(shape, [], array.ToBytes());
        var values = array.ToDoubles();
        var fault = Array.FindIndex(values, value => !double.IsFinite(value));
        return fault < 0 ? new NumberArray(shape, values) : throw new UserErrorException($"{name}, item {Place(fault, shape)}: {values[fault]} is not a finite number");
    }

    /// <summary>The indices of an item as numpy writes them, such as [3, 0].</summary>
    private static string Place(int index, int[] shape)
    {
        var place = new int[shape.Length];
        for (var d = shape.Length - 1; d >= 0; d--) (index, place[d]) = Math.DivRem(index, shape[d]);
        return $"[{string.Join(", ", place)}]";
    }
}
