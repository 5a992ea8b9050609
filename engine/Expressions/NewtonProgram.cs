namespace PoseEngine.Expressions;

/// <summary>
/// One round of the projection of a sample as a <see cref="SampleProgram"/>: the rows, their derivatives, and the factors of
/// <c>W = I + sum_j lambda_j d2c_j/dy2</c> as straight-line code on the entries that are not 0 by the form of the rows. W
/// is eliminated in the order of least degree (W. F. Tinney and J. W. Walker, Proc. IEEE 55(11), 1967), which for limbs of a
/// skeleton makes no new entries. What has to be decided in between, which rows are active and their multipliers, is left to
/// the caller: values that need the input <see cref="Next"/> come late.
/// </summary>
/// <remarks>
/// <code>
/// S = A W^-1 A^T,   t = A W^-1 g,   dy = -W^-1 (g + A^T next)
/// </code>
/// With g = y - yhat it is a Newton step, with a direction v in the place of g the product with the projection's derivative.
/// </remarks>
public sealed class NewtonProgram
{
    /// <summary>Input: the outputs y of the point.</summary>
    public const int Point = 0;

    /// <summary>Input: lambda, which weighs the curvature.</summary>
    public const int Multipliers = 2;

    /// <summary>Input: g, y - yhat or a direction.</summary>
    public const int Gradient = 3;

    /// <summary>Input: the multipliers of the step, found from the values before.</summary>
    public const int Next = 4;

    /// <summary>Output: c [J].</summary>
    public const int Values = 0;

    /// <summary>Output: the lower triangle of S by rows [J (J + 1) / 2].</summary>
    public const int Schur = 1;

    /// <summary>Output: t [J].</summary>
    public const int Pulled = 2;

    /// <summary>Output: ||A_j||^2 [J].</summary>
    public const int Sizes = 3;

    /// <summary>Output: ||g||^2, ||g + A^T lambda||^2, the smallest pivot of W, and late g^T dy.</summary>
    public const int Scalars = 4;

    /// <summary>Output, late: dy [outputs].</summary>
    public const int Step = 5;

    private readonly ProgramBuilder _make;
    private readonly IReadOnlyList<IReadOnlyDictionary<int, int>> _jacobian;
    private readonly IReadOnlyDictionary<int, int> _pullback;
    private readonly int _rows;
    private readonly List<(int Variable, int Inverse, (int Variable, int Factor)[] Below)> _columns = [];
    private readonly List<int> _pivots = [];

    private NewtonProgram(
        ProgramBuilder make, IReadOnlyList<IReadOnlyDictionary<int, int>> jacobian, IReadOnlyDictionary<int, int> pullback,
        IReadOnlyDictionary<(int Row, int Column), int> hessian)
    {
        (_make, _jacobian, _pullback, _rows) = (make, jacobian, pullback, jacobian.Count);
        Variables = [.. jacobian.SelectMany(row => row.Keys).Distinct().Order()];
        Eliminate(hessian);
    }

    /// <summary>The outputs that the rows depend on; all others stay where they are.</summary>
    public IReadOnlyList<int> Variables { get; }

    /// <summary>The program of the rows' derivatives.</summary>
    /// <param name="make">Where they are made.</param>
    /// <param name="outputs">The arrays c and dy.</param>
    /// <param name="values">The rows c_j, null where one is 0 everywhere.</param>
    /// <param name="jacobian">The entries of each row of A by output.</param>
    /// <param name="pullback">A^T lambda by output.</param>
    /// <param name="hessian">sum_j lambda_j d2c_j/dy2 by row and column; both triangles, or the one that is there.</param>
    internal static (SampleProgram Program, IReadOnlyList<int> Variables) Build(
        ProgramBuilder make, int outputs, IReadOnlyList<int?> values, IReadOnlyList<IReadOnlyDictionary<int, int>> jacobian,
        IReadOnlyDictionary<int, int> pullback, IReadOnlyDictionary<(int Row, int Column), int> hessian)
    {
        var newton = new NewtonProgram(make, jacobian, pullback, hessian);
        return (newton.Build(outputs, values), newton.Variables);
    }

    private SampleProgram Build(int outputs, IReadOnlyList<int?> values)
    {
        var stores = new List<ProgramStore>();
        var solved = _jacobian.Select(row => Forward(new Dictionary<int, int>(row))).ToArray();
        var inverses = _columns.ToDictionary(column => column.Variable, column => column.Inverse);
        var scaled = solved.Select(row => row.ToDictionary(own => own.Key, own => Times(own.Value, inverses[own.Key]))).ToArray();
        var gradient = Variables.ToDictionary(i => i, i => _make.Input(Gradient, i));
        var pulled = Forward(new Dictionary<int, int>(gradient));
        for (var j = 0; j < _rows; j++)
        {
            if (values[j] is { } value) stores.Add(new ProgramStore(Values, j, value));
            stores.Add(new ProgramStore(Sizes, j, Dot(_jacobian[j], _jacobian[j])));
            stores.Add(new ProgramStore(Pulled, j, Dot(scaled[j], pulled)));
            for (var k = 0; k <= j; k++) stores.Add(new ProgramStore(Schur, (j * (j + 1) / 2) + k, Dot(scaled[j], solved[k])));
        }
        var residual = gradient.ToDictionary(own => own.Key, own => _pullback.TryGetValue(own.Key, out var more) ? Plus(own.Value, more) : own.Value);
        var step = Steps(solved, pulled);
        stores.Add(new ProgramStore(Scalars, 0, Dot(gradient, gradient)));
        stores.Add(new ProgramStore(Scalars, 1, Dot(residual, residual)));
        stores.Add(new ProgramStore(Scalars, 2, _pivots.Aggregate(_make.Constant(1), (least, pivot) => _make.Apply(Operation.Minimum, least, pivot))));
        stores.Add(new ProgramStore(Scalars, 3, Dot(gradient, step)));
        stores.AddRange(step.Select(own => new ProgramStore(Step, own.Key, own.Value)));
        return _make.Build(
            [new("c", _rows), new("s", _rows * (_rows + 1) / 2), new("t", _rows), new("sizes", _rows), new("scalars", 4), new("dy", outputs)], stores);
    }

    /// <summary>dy = -W^-1 (g + A^T next), from the halves of the solves that came before.</summary>
    private Dictionary<int, int> Steps(Dictionary<int, int>[] solved, Dictionary<int, int> pulled)
    {
        var right = new Dictionary<int, int>(pulled);
        for (var j = 0; j < _rows; j++)
        {
            var next = _make.Input(Next, j);
            foreach (var (i, value) in solved[j].OrderBy(own => own.Key)) right[i] = Plus(right[i], Times(value, next));
        }
        var step = new Dictionary<int, int>();
        foreach (var (variable, inverse, below) in Enumerable.Reverse(_columns))
        {
            var value = Times(right[variable], inverse);
            foreach (var (other, factor) in below) value = Minus(value, Times(factor, step[other]));
            step[variable] = value;
        }
        return step.ToDictionary(own => own.Key, own => _make.Apply(Operation.Negate, own.Value));
    }

    /// <summary>W = L D L^T, the variable with the fewest neighbours first.</summary>
    private void Eliminate(IReadOnlyDictionary<(int Row, int Column), int> hessian)
    {
        var one = _make.Constant(1);
        var diagonal = Variables.ToDictionary(i => i, i => hessian.TryGetValue((i, i), out var curved) ? Plus(one, curved) : one);
        var beside = Variables.ToDictionary(i => i, _ => new SortedDictionary<int, int>());
        foreach (var ((i, k), value) in hessian.Where(own => own.Key.Row != own.Key.Column)) beside[i][k] = beside[k][i] = value;
        var left = new SortedSet<int>(Variables);
        while (left.Count > 0)
        {
            var pivot = left.MinBy(i => beside[i].Count);
            left.Remove(pivot);
            var inverse = _make.Apply(Operation.Divide, one, diagonal[pivot]);
            if (diagonal[pivot] != one) _pivots.Add(diagonal[pivot]);
            var entries = beside[pivot].ToArray();
            var factors = Array.ConvertAll(entries, own => (own.Key, Times(own.Value, inverse)));
            foreach (var (i, factor) in factors)
            {
                beside[i].Remove(pivot);
                diagonal[i] = Minus(diagonal[i], Times(factor, beside[pivot][i]));
                foreach (var (k, value) in entries.TakeWhile(own => own.Key < i))
                {
                    var change = Times(factor, value);
                    beside[i][k] = beside[k][i] = beside[i].TryGetValue(k, out var before) ? Minus(before, change) : _make.Apply(Operation.Negate, change);
                }
            }
            _columns.Add((pivot, inverse, factors));
        }
    }

    /// <summary>L^-1 v in place.</summary>
    private Dictionary<int, int> Forward(Dictionary<int, int> v)
    {
        foreach (var (variable, _, below) in _columns)
        {
            if (!v.TryGetValue(variable, out var own)) continue;
            foreach (var (other, factor) in below)
            {
                var change = Times(factor, own);
                v[other] = v.TryGetValue(other, out var before) ? Minus(before, change) : _make.Apply(Operation.Negate, change);
            }
        }
        return v;
    }

    private int Dot(IReadOnlyDictionary<int, int> a, IReadOnlyDictionary<int, int> b)
        => _make.Sum([.. a.Where(own => b.ContainsKey(own.Key)).OrderBy(own => own.Key).Select(own => Times(own.Value, b[own.Key]))]);

    private int Plus(int a, int b) => _make.Apply(Operation.Add, a, b);

    private int Minus(int a, int b) => _make.Apply(Operation.Subtract, a, b);

    private int Times(int a, int b) => _make.Apply(Operation.Multiply, a, b);
}
