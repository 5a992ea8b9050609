namespace PoseEngine.Expressions;

/// <summary>
/// The names that expressions may use. Outputs: <c>y</c> is the vector of all, <c>y[i]</c> and <c>y[a:b]</c> count from 0 as
/// in Python, <c>y1</c>, <c>y2</c> from 1, and each may have a name of its own; points are vectors of neighbouring outputs.
/// Columns of the sample: <c>x</c>, <c>x[i]</c>, <c>x1</c>, <c>x2</c> and names. A given name goes before <c>x1</c> or <c>y1</c>.
/// </summary>
public sealed class ExpressionVariables
{
    private readonly Dictionary<string, ExpressionVariable> _named = new(StringComparer.Ordinal);

    /// <summary>Names for a number of outputs.</summary>
    /// <param name="outputs">The outputs of a sample, at least 1.</param>
    /// <param name="points">Names of points, which share the outputs evenly: 17 points of 51 outputs have 3 each. None by default.</param>
    /// <param name="outputNames">Names of the outputs, one each. None by default.</param>
    /// <param name="columns">Names of the columns x. None by default.</param>
    /// <exception cref="ArgumentException">A name is not made of letters, digits and "_" with a letter first, belongs to the
    /// language, or comes twice; or the numbers do not fit.</exception>
    public ExpressionVariables(
        int outputs, IReadOnlyList<string>? points = null, IReadOnlyList<string>? outputNames = null, IReadOnlyList<string>? columns = null)
    {
        Guard.Positive(outputs, "the number of outputs of an expression");
        (Outputs, Points, OutputNames, Columns) = (outputs, points ?? [], outputNames ?? [], columns ?? []);
        if (Points.Count > 0 && outputs % Points.Count != 0)
        {
            throw new ArgumentException($"{outputs} outputs cannot be shared evenly by {Points.Count} points; name as many points as there are", nameof(points));
        }
        if (OutputNames.Count > 0) Guard.Equal(OutputNames.Count, outputs, "the names of outputs");
        var width = outputs / Math.Max(Points.Count, 1);
        for (var i = 0; i < Points.Count; i++) Add(Points[i], new ExpressionVariable(OutputArray, i * width, width, IsVector: true));
        for (var i = 0; i < OutputNames.Count; i++) Add(OutputNames[i], new ExpressionVariable(OutputArray, i, 1, IsVector: false));
        for (var i = 0; i < Columns.Count; i++) Add(Columns[i], new ExpressionVariable(ColumnArray, i, 1, IsVector: false));
    }

    /// <summary>The input array of programs that holds the outputs y.</summary>
    public const int OutputArray = 0;

    /// <summary>The input array of programs that holds the columns x.</summary>
    public const int ColumnArray = 1;

    /// <summary>The number of outputs of a sample.</summary>
    public int Outputs { get; }

    /// <summary>Names of points.</summary>
    public IReadOnlyList<string> Points { get; }

    /// <summary>Names of the outputs, or none.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>Names of the columns.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>
    /// What the outputs that programs read are of the y of the text; null where they are y itself. With one unit for all
    /// outputs a value that only gets a factor by it stays as it is written: rows of limbs are in units of the outputs.
    /// </summary>
    /// <exception cref="ArgumentException">It is of another number of outputs.</exception>
    public OutputScale? Scale
    {
        get;
        init
        {
            if (value is not null) Guard.Equal(value.Means.Count, Outputs, "the scales of outputs");
            field = value;
        }
    }

    /// <summary>The input arrays of programs: y and x.</summary>
    internal IReadOnlyList<ProgramArray> Arrays => [new("y", Outputs), new("x", Columns.Count)];

    /// <summary>All names that were given.</summary>
    internal IEnumerable<string> Names => _named.Keys;

    /// <summary>What a name stands for, or null.</summary>
    internal ExpressionVariable? Find(string name)
    {
        if (_named.TryGetValue(name, out var variable)) return variable;
        if (name == "y") return new ExpressionVariable(OutputArray, 0, Outputs, IsVector: true);
        if (name == "x" && Columns.Count > 0) return new ExpressionVariable(ColumnArray, 0, Columns.Count, IsVector: true);
        if (NumberOf(name, 'y') is { } output && output <= Outputs) return new ExpressionVariable(OutputArray, output - 1, 1, IsVector: false);
        if (NumberOf(name, 'x') is { } column && column <= Columns.Count) return new ExpressionVariable(ColumnArray, column - 1, 1, IsVector: false);
        return null;
    }

    /// <summary>The number in a name such as y12, from 1 on, or null where it is no such name.</summary>
    internal static int? NumberOf(string name, char array)
        => name.Length > 1 && name[0] == array && name[1] != '0' && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0
            ? int.TryParse(name.AsSpan(1), out var number) ? number : int.MaxValue
            : null;

    private void Add(string name, ExpressionVariable variable)
    {
        if (!Lexer.IsName(name)) throw new ArgumentException($"the name \"{name}\" cannot stand in an expression: take letters, digits and \"_\", a letter first");
        if (name is "x" or "y" || Functions.IsReserved(name)) throw new ArgumentException($"the name \"{name}\" belongs to the language of expressions; take another one");
        if (!_named.TryAdd(name, variable)) throw new ArgumentException($"the name \"{name}\" is given twice");
    }
}

/// <summary>What a name stands for: neighbouring elements of an input array.</summary>
internal readonly record struct ExpressionVariable(int Array, int First, int Count, bool IsVector);
