using PoseEngine.Kernels;

namespace PoseEngine.Expressions;

/// <summary>
/// The rows of a constraint as text in the forms that projections onto them run: c is not cut off where an inequality holds,
/// so that a step may end on its boundary, and derivatives are single entries of matrices.
/// </summary>
public sealed class ProjectionProgram
{
    /// <summary>Instructions of one form at the most, a megabyte of code that stays in a processor's second cache.</summary>
    private const int MostInstructions = 1 << 17;

    private static readonly string[] InputNames = ["y", "x", "lambda", "g", "next"];

    /// <summary>Parses rows.</summary>
    /// <param name="variables">The names that rows may use.</param>
    /// <param name="rows">What each row is, for errors, and its text; at least one.</param>
    /// <exception cref="ExpressionException">A text is no row.</exception>
    /// <exception cref="ArgumentException">The rows have too many derivatives to be taken one by one.</exception>
    public ProjectionProgram(ExpressionVariables variables, IReadOnlyList<(string What, string Text)> rows)
    {
        (Value, var forms) = ExpressionPrograms.Rows(variables, rows, isCutOff: false);
        IsAtMost = [.. forms.Select(form => form.IsAtMost)];
        Pullback = Derivatives.Adjoint(Value, ExpressionVariables.OutputArray, InputNames[NewtonProgram.Multipliers], "pullback");
        if (!TryBuild(hasCurvature: true, hasNewton: true) && !TryBuild(hasCurvature: true, hasNewton: false) && !TryBuild(hasCurvature: false, hasNewton: true))
        {
            throw new ArgumentException(
                $"projection: the derivatives of {rows.Count} rows by {variables.Outputs} outputs take more than {MostInstructions} operations; project onto fewer or shorter rows, or write them in C#");
        }
    }

    /// <summary>The program y, x -> c of all rows, not cut off.</summary>
    public SampleProgram Value { get; }

    /// <summary>The program y, x, lambda -> A^T lambda.</summary>
    public SampleProgram Pullback { get; }

    /// <summary>For each row whether it must be at most 0.</summary>
    public IReadOnlyList<bool> IsAtMost { get; }

    /// <summary>The outputs of a sample.</summary>
    public int Outputs => Value.Inputs[ExpressionVariables.OutputArray].Width;

    /// <summary>The columns of a sample; 0 where the rows read none.</summary>
    public int Columns => Value.Reads(ExpressionVariables.ColumnArray) ? Value.Inputs[ExpressionVariables.ColumnArray].Width : 0;

    /// <summary>The program y, x -> c, entries of A; and where these belong.</summary>
    public (SampleProgram Program, IReadOnlyList<(int Row, int Output)> Entries) Jacobian { get; private set; }

    /// <summary>
    /// The program y, x, lambda -> entries of the lower triangle of sum_j lambda_j d2c_j/dy2, and where these belong; null where
    /// there are too many.
    /// </summary>
    public (SampleProgram Program, IReadOnlyList<(int Row, int Column)> Entries)? Hessian { get; private set; }

    /// <summary>A whole round, see <see cref="NewtonProgram"/>, and the outputs that it moves; null where it would be too long.</summary>
    public (SampleProgram Program, IReadOnlyList<int> Variables)? Newton { get; private set; }

    /// <summary>The rows on one sample at a time, for <see cref="DenseProjection"/>; each thread needs its own.</summary>
    public IProjectionRows CreateRows() => new TextRows(this);

    private bool TryBuild(bool hasCurvature, bool hasNewton)
    {
        int[] widths = [Outputs, Value.Inputs[ExpressionVariables.ColumnArray].Width, IsAtMost.Count, Outputs, IsAtMost.Count];
        var make = new ProgramBuilder([.. InputNames.Zip(widths, (name, width) => new ProgramArray(name, width))], MostInstructions);
        try
        {
            var places = Derivatives.Copy(Value, make);
            var values = new int?[IsAtMost.Count];
            foreach (var store in Value.Stores) values[store.Element] = places[store.Value];
            var jacobian = Enumerable.Range(0, IsAtMost.Count).Select(_ => new Dictionary<int, int>()).ToArray();
            foreach (var (store, output, entry) in Entries(Value, make, places)) jacobian[store.Element][output] = entry;
            var pulled = Derivatives.Copy(Pullback, make);
            var pullback = Pullback.Stores.ToDictionary(store => store.Element, store => pulled[store.Value]);
            var hessian = new Dictionary<(int Row, int Column), int>();
            foreach (var (store, output, entry) in hasCurvature ? Entries(Pullback, make, pulled) : [])
            {
                if (store.Element >= output) hessian[(store.Element, output)] = entry;
            }
            Jacobian = Matrix(make, "a", [.. jacobian.SelectMany((row, j) => row.Select(own => ((j, own.Key), own.Value)))], values);
            Hessian = hasCurvature ? Matrix(make, "h", [.. hessian.Select(own => (own.Key, own.Value))], []) : null;
            Newton = hasNewton ? NewtonProgram.Build(make, Outputs, values, jacobian, pullback, hessian) : null;
            return true;
        }
        catch (ProgramTooLongException)
        {
            return false;
        }
    }

    /// <summary>The derivatives of a program's stores by each output that it reads, those that are 0 everywhere left out.</summary>
    private static IEnumerable<(ProgramStore Store, int Output, int Entry)> Entries(SampleProgram program, ProgramBuilder make, int[] places)
    {
        var outputs = program.Instructions.Where(own => own.Operation == Operation.Input && own.A == ExpressionVariables.OutputArray).Select(own => own.B).Distinct().Order();
        foreach (var output in outputs)
        {
            var derivatives = Derivatives.ByElement(program, make, places, ExpressionVariables.OutputArray, output);
            foreach (var store in program.Stores)
            {
                if (derivatives[store.Value] is { } entry && make[entry] is not { Operation: Operation.Constant, Constant: 0 }) yield return (store, output, entry);
            }
        }
    }

    private static (SampleProgram Program, IReadOnlyList<(int Row, int Column)> Entries) Matrix(
        ProgramBuilder make, string name, IReadOnlyList<((int Row, int Column) Place, int Value)> entries, IReadOnlyList<int?> values)
    {
        var stores = values.SelectMany((value, j) => value is { } own ? [new ProgramStore(0, j, own)] : Array.Empty<ProgramStore>())
            .Concat(entries.Select((entry, i) => new ProgramStore(1, i, entry.Value)));
        return (make.Build([new("c", values.Count), new(name, entries.Count)], stores), [.. entries.Select(entry => entry.Place)]);
    }

    /// <summary>The tapes run for one sample, number by number.</summary>
    private sealed class TextRows(ProjectionProgram program) : IProjectionRows
    {
        private readonly double[] _tape = new double[Math.Max(program.Jacobian.Program.Instructions.Count, program.Hessian?.Program.Instructions.Count ?? 0)];

        public int Outputs => program.Outputs;

        public IReadOnlyList<bool> IsAtMost => program.IsAtMost;

        public bool HasCurvature => program.Hessian is not null;

        public void Evaluate(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c, Span<double> jacobian)
        {
            Run(program.Jacobian.Program, y, x, default);
            c.Clear();
            jacobian.Clear();
            foreach (var store in program.Jacobian.Program.Stores)
            {
                if (store.Array == 0) c[store.Element] = _tape[store.Value];
                else jacobian[(program.Jacobian.Entries[store.Element].Row * Outputs) + program.Jacobian.Entries[store.Element].Output] = _tape[store.Value];
            }
        }

        public void Curvature(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, Span<double> hessian)
        {
            var (tape, entries) = program.Hessian!.Value;
            Run(tape, y, x, multipliers);
            hessian.Clear();
            foreach (var store in tape.Stores)
            {
                var (row, column) = entries[store.Element];
                hessian[(row * Outputs) + column] = hessian[(column * Outputs) + row] = _tape[store.Value];
            }
        }

        private void Run(SampleProgram tape, ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers)
        {
            for (var i = 0; i < tape.Instructions.Count; i++)
            {
                var (operation, a, b, constant) = tape.Instructions[i];
                _tape[i] = operation switch
                {
                    Operation.Constant => constant,
                    Operation.Input => a == ExpressionVariables.OutputArray ? y[b] : a == ExpressionVariables.ColumnArray ? x[b] : multipliers[b],
                    _ => operation.Apply(_tape[a], operation.OperandCount() > 1 ? _tape[b] : 0),
                };
            }
        }
    }
}
