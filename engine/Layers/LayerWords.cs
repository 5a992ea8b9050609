using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PoseEngine.Layers;

/// <summary>A kind of layer in the text of networks: lower-case letters, and what may stand behind them.</summary>
/// <param name="Kind">The letters a to z that the word begins with, such as "conv".</param>
/// <param name="Example">A whole word for error messages, such as "conv8x5".</param>
/// <param name="Parse">Reads what stands behind the kind ("8x5", "" for nothing); null where it does not belong there.</param>
public sealed record LayerWord(string Kind, string Example, Func<string, LayerSpec?> Parse)
{
    /// <summary>A number of a match, or another where the group is absent.</summary>
    internal static int Number(Match match, string group, int absent = 0)
        => match.Groups[group].Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : absent;
}

/// <summary>
/// The kinds of layers that <see cref="LayerSpec.ParseNetwork"/> knows: the engine's own, and what <see cref="Register"/>
/// adds. Safe from any thread.
/// </summary>
public static class LayerWords
{
    private const int LongestShownWord = 40;

    private static readonly ConcurrentDictionary<string, LayerWord> Words = new(
        ((LayerWord[])[ConvolutionSpec.Word, MaxPoolSpec.Word, DenseSpec.Word, ReluSpec.Word, ProjectSpec.Word, .. ElementwiseSpec.Words]).ToDictionary(word => word.Kind));

    /// <summary>The examples of all kinds, in alphabetical order.</summary>
    public static string Known => string.Join(", ", Words.Values.Select(word => word.Example).Order(StringComparer.Ordinal));

    /// <summary>Adds a kind of layer for the whole process; adding an equal word again changes nothing.</summary>
    /// <exception cref="ArgumentException">The kind is not made of the letters a to z, or another word has it.</exception>
    public static void Register(LayerWord word)
    {
        if (word.Kind.Length == 0 || KindLength(word.Kind) != word.Kind.Length)
        {
            throw new ArgumentException($"the kind of a layer is made of the letters a to z, got \"{word.Kind}\"", nameof(word));
        }
        if (Words.GetOrAdd(word.Kind, word) is var known && known != word)
        {
            throw new ArgumentException($"a layer of the kind \"{word.Kind}\" is known already ({known.Example}); take another word", nameof(word));
        }
    }

    /// <summary>The layer that a word stands for.</summary>
    /// <param name="word">A word of a network's text.</param>
    /// <param name="place">Where it stands, for messages, such as "layer 2 of 3".</param>
    /// <exception cref="FormatException">It stands for none; the message names it, its place and what is known.</exception>
    internal static LayerSpec Read(string word, string place)
    {
        var length = KindLength(word);
        var known = Words.GetValueOrDefault(word[..length]);
        if (known?.Parse(word[length..]) is { } spec) return spec;
        var shown = word.Length <= LongestShownWord ? word : word[..LongestShownWord] + "...";
        throw new FormatException($"network: {place} is \"{shown}\", expected {known?.Example ?? $"a layer such as {Known}"}");
    }

    private static int KindLength(string word) => word.AsSpan().IndexOfAnyExceptInRange('a', 'z') is var end and >= 0 ? end : word.Length;
}
