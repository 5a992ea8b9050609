using System.Globalization;

namespace PoseEngine.Expressions;

/// <summary>Text that is no expression: what is wrong, where, and the line with a caret under the fault.</summary>
public sealed class ExpressionException : FormatException
{
    /// <summary>Characters of a line that are shown before and behind the fault.</summary>
    private const int Shown = 60;

    /// <summary>An error at a place of a text.</summary>
    /// <param name="what">What the text is, such as "constraint knee".</param>
    /// <param name="text">The whole text.</param>
    /// <param name="position">The place of the fault, counted from 0; the text's length where something is missing at the end.</param>
    /// <param name="reason">What is wrong and what to do about it.</param>
    public ExpressionException(string what, string text, int position, string reason)
        : base(Describe(what, text, position, reason))
    {
        (What, Reason) = (what, reason);
        (Line, Column, _) = Place(text, position);
    }

    /// <summary>What the text is, such as "constraint knee".</summary>
    public string What { get; }

    /// <summary>What is wrong and what to do about it.</summary>
    public string Reason { get; }

    /// <summary>The line of the fault, counted from 1.</summary>
    public int Line { get; }

    /// <summary>The column of the fault, counted from 1.</summary>
    public int Column { get; }

    private static string Describe(string what, string text, int position, string reason)
    {
        var (line, column, start) = Place(text, position);
        var end = text.IndexOfAny(['\n', '\r'], start);
        var whole = text[start..(end < 0 ? text.Length : end)];
        var from = Math.Max(0, column - 1 - Shown);
        var to = Math.Min(whole.Length, column - 1 + Shown);
        var head = from > 0 ? "..." : "";
        var part = string.Concat(whole[from..to].Select(character => char.IsControl(character) ? ' ' : character));
        var caret = new string(' ', head.Length + column - 1 - from);
        return string.Create(
            CultureInfo.InvariantCulture, $"{what}, line {line}, column {column}: {reason}\n  {head}{part}{(to < whole.Length ? "..." : "")}\n  {caret}^");
    }

    private static (int Line, int Column, int Start) Place(string text, int position)
    {
        var (line, start) = (1, 0);
        for (var i = 0; i < position; i++)
        {
            if (text[i] == '\n') (line, start) = (line + 1, i + 1);
        }
        return (line, position - start + 1, start);
    }
}
