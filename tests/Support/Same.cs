namespace PoseEngine.Tests.Support;

/// <summary>Equality of millions of numbers, for which Is.EqualTo takes a microsecond each.</summary>
internal static class Same
{
    /// <summary>Fails with the first place where numbers differ.</summary>
    public static void Numbers<T>(ReadOnlySpan<T> actual, ReadOnlySpan<T> expected, string what = "numbers")
        where T : IEquatable<T>
    {
        if (actual.SequenceEqual(expected)) return;
        Assert.That(actual.Length, Is.EqualTo(expected.Length), $"{what}: how many");
        var place = actual.CommonPrefixLength(expected);
        Assert.That(actual[place], Is.EqualTo(expected[place]), $"{what}: number {place} of {actual.Length}, the first that differs");
        Assert.Fail($"{what}: number {place} differs");
    }
}
