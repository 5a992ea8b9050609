using System.Runtime.CompilerServices;

namespace PoseEngine;

/// <summary>Checks of arguments whose messages name what was given, what was wanted and where.</summary>
internal static class Guard
{
    /// <summary>Throws unless two numbers that must agree do.</summary>
    /// <exception cref="ArgumentException">They differ; the message reads "<paramref name="what"/> expects A, got B".</exception>
    public static void Equal(
        long actual, long expected, string what, [CallerArgumentExpression(nameof(actual))] string parameter = "")
    {
        if (actual != expected) throw new ArgumentException($"{what} expects {expected}, got {actual}", parameter);
    }

    /// <summary>The same with a text that is put together only where the numbers differ: for checks in hot paths.</summary>
    /// <exception cref="ArgumentException">They differ.</exception>
    public static void Equal(
        long actual,
        long expected,
        [InterpolatedStringHandlerArgument(nameof(actual), nameof(expected))] MismatchText what,
        [CallerArgumentExpression(nameof(actual))] string parameter = "")
    {
        if (actual != expected) Equal(actual, expected, what.ToStringAndClear(), parameter);
    }

    /// <summary>Throws unless the number is at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is smaller.</exception>
    public static void Positive(
        long value, string what, [CallerArgumentExpression(nameof(value))] string parameter = "")
    {
        if (value < 1) throw new ArgumentOutOfRangeException(parameter, value, $"{what} must be at least 1, got {value}");
    }

    /// <summary>Throws unless the number is finite and greater than 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static void Positive(
        double value, string what, [CallerArgumentExpression(nameof(value))] string parameter = "")
    {
        if (!(value > 0) || double.IsInfinity(value))
        {
            throw new ArgumentOutOfRangeException(
                parameter, value, $"{what} must be a finite number greater than 0, got {value}");
        }
    }

    /// <summary>Throws unless the number is greater than 0; infinity is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static void PositiveOrInfinite(
        double value, string what, [CallerArgumentExpression(nameof(value))] string parameter = "")
    {
        if (!(value > 0)) throw new ArgumentOutOfRangeException(parameter, value, $"{what} must be greater than 0, got {value}");
    }

    /// <summary>Throws unless the number is finite and not negative.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static void NotNegative(
        double value, string what, [CallerArgumentExpression(nameof(value))] string parameter = "")
    {
        if (!(value >= 0) || double.IsInfinity(value))
        {
            throw new ArgumentOutOfRangeException(
                parameter, value, $"{what} must be a finite number of at least 0, got {value}");
        }
    }
}

/// <summary>An interpolated text of <see cref="Guard.Equal(long, long, MismatchText, string)"/>.</summary>
[InterpolatedStringHandler]
internal ref struct MismatchText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Called by the compiler; parts are formatted only if <paramref name="isNeeded"/>.</summary>
    public MismatchText(int literalLength, int formattedCount, long actual, long expected, out bool isNeeded)
    {
        isNeeded = actual != expected;
        _text = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<TValue>(TValue value) => _text.AppendFormatted(value);

    public string ToStringAndClear() => _text.ToStringAndClear();
}
