namespace PoseEngine.Expressions;

/// <summary>Finds the name that was probably meant.</summary>
internal static class Spelling
{
    /// <summary>Longer names are not compared: the time grows with the square of their length.</summary>
    private const int LongestName = 64;

    /// <summary>The nearest of several names that differs in at most a third of its letters, or null.</summary>
    public static string? Nearest(string name, IEnumerable<string> names)
        => name.Length > LongestName ? null : names.Where(other => other.Length <= LongestName)
            .Select(other => (Name: other, Distance: Distance(name, other)))
            .Where(pair => pair.Distance <= (pair.Name.Length + 2) / 3)
            .OrderBy(pair => pair.Distance).Select(pair => pair.Name).FirstOrDefault();

    /// <summary>The number of letters to insert, leave out or replace.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 0; i < a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < b.Length; j++)
            {
                var cost = Math.Min(Math.Min(row[j], row[j + 1]) + 1, diagonal + (a[i] == b[j] ? 0 : 1));
                (diagonal, row[j + 1]) = (row[j + 1], cost);
            }
        }
        return row[b.Length];
    }
}
