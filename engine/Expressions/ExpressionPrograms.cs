namespace PoseEngine.Expressions;

/// <summary>
/// Text to programs. Inputs of the programs are y (outputs) and x (columns) and, after them, dy, u or v; see
/// <see cref="ExpressionVariables"/> for the names and README for the language.
/// </summary>
public static class ExpressionPrograms
{
    /// <summary>
    /// The values c of rows, each with one comparison: a = b becomes a - b, a &lt;= b becomes max(a - b, 0), a &gt;= b becomes
    /// max(b - a, 0), the last two with derivative 0 where they hold; "same within g: a" becomes a, whose mean over the
    /// samples of one g is no part of a program of one sample.
    /// </summary>
    /// <param name="variables">The names that rows may use.</param>
    /// <param name="rows">What each row is, for errors, and its text; at least one.</param>
    /// <param name="isCutOff">False leaves a - b where an inequality holds too, as a projection wants it.</param>
    /// <returns>The program y, x -> c, and for each row whether it is an inequality and what column it is the same within, if any.</returns>
    /// <exception cref="ExpressionException">A text is no row.</exception>
    public static (SampleProgram Program, IReadOnlyList<(bool IsAtMost, string? Group)> Forms) Rows(
        ExpressionVariables variables, IReadOnlyList<(string What, string Text)> rows, bool isCutOff = true)
    {
        var builder = new ProgramBuilder(variables.Arrays, ExpressionLimits.Operations);
        var stores = new ProgramStore[rows.Count];
        var forms = new (bool IsAtMost, string? Group)[rows.Count];
        for (var j = 0; j < rows.Count; j++)
        {
            var row = Parser.Row(rows[j].What, rows[j].Text, variables, builder, isCutOff);
            (stores[j], forms[j]) = (new ProgramStore(0, j, row.Value), (row.IsAtMost, row.Group));
        }
        return (builder.Build([new ProgramArray("c", rows.Count)], stores), forms);
    }

    /// <summary>The unit of each row's value: what it is to be multiplied by to be the difference of both sides as they are written.</summary>
    /// <inheritdoc cref="Rows"/>
    public static IReadOnlyList<double> RowUnits(ExpressionVariables variables, IReadOnlyList<(string What, string Text)> rows)
        => [.. rows.Select(row => Parser.UnitOfRow(row.What, row.Text, variables))];

    /// <summary>The value f of one scalar expression without comparison.</summary>
    /// <param name="variables">The names that it may use.</param>
    /// <param name="what">What it is, for errors.</param>
    /// <param name="text">The expression.</param>
    /// <returns>The program y, x -> f.</returns>
    /// <exception cref="ExpressionException">The text is no scalar expression.</exception>
    public static SampleProgram Scalar(ExpressionVariables variables, string what, string text)
    {
        var builder = new ProgramBuilder(variables.Arrays, ExpressionLimits.Operations);
        return builder.Build([new ProgramArray("f", 1)], [new ProgramStore(0, 0, Parser.Scalar(what, text, variables, builder))]);
    }
}
