using System.Text.Json;
using System.Text.Json.Serialization;
using PoseEngine.Expressions;

namespace PoseEngine.Constraints;

/// <summary>One row of a constraint as text.</summary>
/// <param name="Name">Its name in tables and errors.</param>
/// <param name="Text">
/// Two scalar expressions and one of = &lt;= &gt;= between them, such as <c>norm(y[0:3]) = 10</c>, or one that is to be the same
/// for all samples of a group, such as <c>same within subject: distance(elbow, hand)</c>.
/// </param>
/// <param name="Unit">The unit of the difference of both sides, or null.</param>
public sealed record ConstraintText(string Name, string Text, string? Unit = null);

/// <summary>
/// The rows of a constraint as text with the names that they use: all that is needed to make the same constraint again, on
/// any device and in any precision. <see cref="ToJson"/> is what a model file keeps.
/// </summary>
public sealed class ConstraintTexts
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Lazy<ProjectionProgram> _projection;

    /// <summary>Parses rows.</summary>
    /// <param name="variables">The names that the rows may use.</param>
    /// <param name="rows">The rows, at least one, with different names.</param>
    /// <exception cref="ArgumentException">
    /// There is no row, two have one name, or a derivative has more than <see cref="ExpressionLimits.Operations"/>.
    /// </exception>
    /// <exception cref="ExpressionException">A text is no row; the message shows where.</exception>
    public ConstraintTexts(ExpressionVariables variables, IReadOnlyList<ConstraintText> rows)
    {
        if (rows.Count == 0) throw new ArgumentException("constraints: at least one row is needed", nameof(rows));
        if (rows.GroupBy(row => row.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"constraints: two rows have the name \"{twice.Key}\"; give each a name of its own", nameof(rows));
        }
        (Variables, Texts) = (variables, rows);
        var (value, forms) = ExpressionPrograms.Rows(variables, Named(rows));
        Units = ExpressionPrograms.RowUnits(variables, Named(rows));
        Value = value;
        Rop = Derivatives.Tangent(value, ExpressionVariables.OutputArray, "dy", "dc");
        Lop = Derivatives.Adjoint(value, ExpressionVariables.OutputArray, "u", "uy");
        Curvature = Derivatives.Tangent(Lop, ExpressionVariables.OutputArray, "v", "curvature");
        ExpressionLimits.Check("constraints", Value, Rop, Lop, Curvature);
        _projection = new(() => new ProjectionProgram(variables, Named([.. rows.Zip(forms).Where(row => row.Second.Group is null).Select(row => row.First)])));
        Rows = [.. rows.Zip(forms, (row, form) => new ConstraintRow(row.Name, row.Unit, form.IsAtMost ? ConstraintKind.AtMost : ConstraintKind.Equality) { Group = form.Group })];
    }

    /// <summary>The names that the rows may use.</summary>
    public ExpressionVariables Variables { get; }

    /// <summary>Whether outputs can be projected onto the rows: <see cref="Projection{T}"/> takes them.</summary>
    public bool IsProjectable
    {
        get
        {
            try
            {
                return Rows.Any(row => row.Group is null) && Projection.IsAtMost.Count > 0;
            }
            catch (ArgumentException)
            {
                return false;
            }
        }
    }

    /// <summary>The rows as projections run them; made when they are first asked for.</summary>
    /// <exception cref="ArgumentException">They have too many derivatives; the message names the limit.</exception>
    internal ProjectionProgram Projection => _projection.Value;

    /// <summary>The rows as they were written.</summary>
    public IReadOnlyList<ConstraintText> Texts { get; }

    /// <summary>The rows' names, units and kinds.</summary>
    public IReadOnlyList<ConstraintRow> Rows { get; }

    /// <summary>The columns that rows are the same within (<see cref="ConstraintRow.Group"/>), each once, in the order of the rows; usually none.</summary>
    public IReadOnlyList<string> Groups => ConstraintRow.GroupsOf(Rows);

    /// <summary>
    /// The unit of each row's value: what it is to be multiplied by to be the difference of both sides as they are written, 1 unless
    /// the outputs have a scale.
    /// </summary>
    public IReadOnlyList<double> Units { get; }

    /// <summary>The program y, x -> c of all rows; of those within groups the value itself, whose group's mean is not known to one sample.</summary>
    public SampleProgram Value { get; }

    /// <summary>The program y, x, dy -> dc.</summary>
    internal SampleProgram Rop { get; }

    /// <summary>The program y, x, u -> u^T dc/dy.</summary>
    internal SampleProgram Lop { get; }

    /// <summary>The program y, x, u, v -> (sum_j u_j d2c_j/dy2) v.</summary>
    internal SampleProgram Curvature { get; }

    private static (string What, string Text)[] Named(IReadOnlyList<ConstraintText> rows) => [.. rows.Select(row => ($"constraint {row.Name}", row.Text))];

    /// <summary>Everything in one text, which <see cref="FromJson"/> reads.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new Content(
            Variables.Outputs, Variables.Points, Variables.OutputNames, Variables.Columns, Texts, Variables.Scale?.Unit,
            Variables.Scale is { Unit: null } scale ? scale.Means : null, Variables.Scale is { Unit: null } other ? other.Spreads : null),
        Format);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">The text is not of that form, or holds a row that is none.</exception>
    public static ConstraintTexts FromJson(string json)
    {
        try
        {
            var content = JsonSerializer.Deserialize<Content>(json, Format) ?? throw new JsonException("the text is null");
            if (content.Points.Concat(content.OutputNames).Concat(content.Columns).Contains(null) || content.Rows.Contains(null)) throw new JsonException("a list holds null");
            return new ConstraintTexts(
                new ExpressionVariables(content.Outputs, content.Points, content.OutputNames, content.Columns) { Scale = content.Scale() }, content.Rows);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FormatException($"constraints: the text is not what ConstraintTexts.ToJson writes: {e.Message}", e);
        }
    }

    private sealed record Content(
        int Outputs, IReadOnlyList<string> Points, IReadOnlyList<string> OutputNames, IReadOnlyList<string> Columns, IReadOnlyList<ConstraintText> Rows,
        double? Unit = null, IReadOnlyList<double>? Means = null, IReadOnlyList<double>? Spreads = null)
    {
        public OutputScale? Scale() => (Unit, Means, Spreads) switch
        {
            (null, null, null) => null,
            ({ } unit, null, null) => OutputScale.Uniform(Outputs, unit),
            (null, { } means, { } spreads) => new OutputScale(means, spreads),
            _ => throw new JsonException("a scale is a unit, or means and spreads"),
        };
    }
}
