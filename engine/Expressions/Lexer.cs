using System.Globalization;

namespace PoseEngine.Expressions;

/// <summary>What a piece of text is.</summary>
internal enum TokenKind
{
    Number,
    Name,

    /// <summary>An operator, a bracket, a comma, a colon or a comparison.</summary>
    Symbol,
    End,
}

/// <summary>A piece of text: its kind, its characters, its place, and the number it stands for.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Position, double Number = 0)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;
}

/// <summary>Cuts text into tokens.</summary>
internal sealed class Lexer(string what, string text)
{
    private const string Symbols = "+-*/^()[],:";
    private int _position;

    /// <summary>Whether a text is one name: letters, digits and "_", a letter or "_" first.</summary>
    public static bool IsName(string text)
        => text.Length > 0 && IsNameStart(text[0]) && text.All(character => IsNameStart(character) || char.IsAsciiDigit(character));

    /// <summary>The next token; <see cref="TokenKind.End"/> at the end.</summary>
    public Token Next()
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position])) _position++;
        var start = _position;
        if (start == text.Length) return new Token(TokenKind.End, "", start);
        var first = text[start];
        if (char.IsAsciiDigit(first) || (first == '.' && start + 1 < text.Length && char.IsAsciiDigit(text[start + 1]))) return Number();
        if (IsNameStart(first)) return Name();
        if (first is '=' or '<' or '>') return Comparison();
        if (!Symbols.Contains(first)) throw Wrong(start, $"unexpected character \"{Shown(first)}\"");
        _position++;
        return new Token(TokenKind.Symbol, first.ToString(), start);
    }

    private static bool IsNameStart(char character) => char.IsLetter(character) || character == '_';

    private static string Shown(char character) => char.IsControl(character) || char.IsSurrogate(character) ? $"U+{(int)character:X4}" : character.ToString();

    private Token Number()
    {
        var start = _position;
        SkipDigits();
        if (Here == '.')
        {
            _position++;
            SkipDigits();
        }
        if (Here is 'e' or 'E')
        {
            // "2e3" is a number, "2 e3" and "2edge" are products with a name.
            var digits = _position + (_position + 1 < text.Length && text[_position + 1] is '+' or '-' ? 2 : 1);
            if (digits < text.Length && char.IsAsciiDigit(text[digits]))
            {
                _position = digits;
                SkipDigits();
            }
        }
        var own = text[start.._position];
        var number = double.Parse(own, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(number)
            ? new Token(TokenKind.Number, own, start, number)
            : throw Wrong(start, string.Create(CultureInfo.InvariantCulture, $"the number is larger than {double.MaxValue:0.00e+0}"));
    }

    private Token Name()
    {
        var start = _position;
        while (_position < text.Length && (IsNameStart(Here) || char.IsAsciiDigit(Here))) _position++;
        return new Token(TokenKind.Name, text[start.._position], start);
    }

    private Token Comparison()
    {
        var start = _position++;
        var isPair = Here == '=';
        if (isPair) _position++;
        return text[start.._position] switch
        {
            "==" => throw Wrong(start, "write = for equal"),
            "<" => throw Wrong(start, "write <= : an optimum under < alone need not exist"),
            ">" => throw Wrong(start, "write >= : an optimum under > alone need not exist"),
            var symbol => new Token(TokenKind.Symbol, symbol, start),
        };
    }

    private char Here => _position < text.Length ? text[_position] : '\0';

    private void SkipDigits()
    {
        while (char.IsAsciiDigit(Here)) _position++;
    }

    private ExpressionException Wrong(int position, string reason) => new(what, text, position, reason);
}
