using System.Globalization;

namespace PoseEngine.Constraints;

/// <summary>What a row of a constraint demands.</summary>
public enum ConstraintKind
{
    /// <summary>C_j = 0.</summary>
    Equality,

    /// <summary>
    /// C_j &lt;= 0, taken as the equality max(C_j, 0) = 0 (section 4.4): the row's value and derivatives are 0 where it holds.
    /// </summary>
    AtMost,
}

/// <summary>What is known of one row of a constraint beside its value.</summary>
/// <param name="Name">Its name in tables and errors.</param>
/// <param name="Unit">The unit of its value, or null where it has none or none is known.</param>
/// <param name="Kind">Whether it must be 0 or at most 0.</param>
public sealed record ConstraintRow(string Name, string? Unit = null, ConstraintKind Kind = ConstraintKind.Equality)
{
    /// <summary>
    /// The column of samples within which the row's value is to be the same, or null for a row on one sample. Such a row binds
    /// samples together: C_jk is the value at sample k less the mean of the values of all samples, of those at hand, with
    /// k's entry in that column. What evaluates one sample gives the value; whoever has all of them takes the mean out, so
    /// that with the projector P of that step the derivatives are P dc/dy, and the curvature's multipliers P lambda.
    /// </summary>
    public string? Group { get; init; }

    /// <summary>The columns that some rows are the same within, each once, in the order of the rows; usually none.</summary>
    public static IReadOnlyList<string> GroupsOf(IEnumerable<ConstraintRow> rows) => [.. rows.Select(row => row.Group).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>Rows that differ by number alone: "name" if there is one, otherwise "name 1", "name 2" and so on.</summary>
    public static IReadOnlyList<ConstraintRow> Numbered(string name, int count) => count == 1
        ? [new ConstraintRow(name)]
        : [.. Enumerable.Range(1, count).Select(j => new ConstraintRow(string.Create(CultureInfo.InvariantCulture, $"{name} {j}")))];
}
