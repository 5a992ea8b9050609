namespace PoseEngine.Experiments.Data;

/// <summary>The first line of a Matrix Market file, as far as it is read here.</summary>
/// <param name="IsArray">Whether every number is there, by columns; else entries with their places.</param>
/// <param name="IsPattern">Whether entries have no values and stand for 1.</param>
/// <param name="IsSymmetric">Whether the lower triangle stands for both.</param>
internal readonly record struct MatrixMarketHeader(bool IsArray, bool IsPattern, bool IsSymmetric)
{
    private const string Magic = "%%MatrixMarket";

    /// <summary>Reads "%%MatrixMarket matrix coordinate real symmetric" and its relatives.</summary>
    /// <returns>The header, or what is wrong with the line.</returns>
    public static (MatrixMarketHeader Header, string? Fault) Parse(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || !words[0].Equals(Magic, StringComparison.OrdinalIgnoreCase))
            return (default, $"a Matrix Market file begins with {Magic}");
        if (words.Length != 5) return (default, $"the header has {words.Length} words; it needs five, such as {Magic} matrix coordinate real symmetric");
        var (kind, format, field, symmetry) = (Lower(words[1]), Lower(words[2]), Lower(words[3]), Lower(words[4]));
        var fault = kind != "matrix" ? $"\"{words[1]}\" is not supported; only matrix is"
            : format is not ("coordinate" or "array") ? $"the format \"{words[2]}\" is not known; it is coordinate or array"
            : field == "complex" ? "complex matrices are not supported; only real, integer and pattern ones are"
            : field is not ("real" or "integer" or "pattern") ? $"the field \"{words[3]}\" is not known; it is real, integer or pattern"
            : symmetry is "skew-symmetric" or "hermitian" ? $"{symmetry} matrices are not supported; only symmetric ones are"
            : symmetry is not ("general" or "symmetric") ? $"the symmetry \"{words[4]}\" is not known; it is general or symmetric"
            : format == "array" && field == "pattern" ? "an array has values, so it cannot be a pattern"
            : null;
        return (new MatrixMarketHeader(format == "array", field == "pattern", symmetry == "symmetric"), fault);
    }

    private static string Lower(string word) => word.ToLowerInvariant();
}
