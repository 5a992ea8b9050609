namespace PoseEngine.Expressions;

/// <summary>A part of an expression: one value, or the values of a vector, and where it begins in the text.</summary>
internal readonly record struct Term(int[] Values, bool IsVector, int Position)
{
    public int Count => Values.Length;

    /// <summary>What it is, for errors.</summary>
    public string Kind => IsVector ? $"a vector of {Count}" : "a scalar";
}

/// <summary>The functions of the language, each as the scalar operations that it stands for.</summary>
internal static class Functions
{
    private static readonly Dictionary<string, Function> All = new(StringComparer.Ordinal)
    {
        ["sqrt"] = Each(Operation.Sqrt),
        ["exp"] = Each(Operation.Exp),
        ["log"] = Each(Operation.Log),
        ["sin"] = Each(Operation.Sin),
        ["cos"] = Each(Operation.Cos),
        ["tan"] = new("1 argument", a => a.Length == 1, (make, a) => Map(a[0], x => make.Apply(Operation.Divide, make.Apply(Operation.Sin, x), make.Apply(Operation.Cos, x)))),
        ["tanh"] = Each(Operation.Tanh),
        ["abs"] = Each(Operation.Absolute),
        ["atan2"] = Scalar("2 scalars", a => a.Length == 2 && AreScalars(a), (make, a) => make.Apply(Operation.Atan2, a[0].Values[0], a[1].Values[0])),
        ["min"] = Fold((make, x, y) => make.Apply(Operation.Minimum, x, y)),
        ["max"] = Fold((make, x, y) => make.Apply(Operation.Maximum, x, y)),
        ["sum"] = Fold((make, x, y) => make.Apply(Operation.Add, x, y)),
        ["mean"] = Scalar(Many, AreMany, (make, a) => Mean(make, Values(a))),
        ["norm"] = Scalar("1 vector", a => a.Length == 1 && AreVectors(a), (make, a) => Norm(make, a[0].Values)),
        ["distance"] = Scalar(Two, AreTwo, (make, a) => Norm(make, Subtract(make, a[0].Values, a[1].Values))),
        ["dot"] = Scalar(Two, AreTwo, (make, a) => Dot(make, a[0].Values, a[1].Values)),
        ["cross"] = new("2 vectors of 3", a => AreTwo(a) && a[0].Count == 3, (make, a) => (Cross(make, a[0].Values, a[1].Values), true)),
        ["angle"] = Scalar(
            "2 vectors of one length from 2 on, or 3 points, the apex in the middle",
            a => a.Length is 2 or 3 && AreVectors(a) && a[0].Count > 1 && a.All(each => each.Count == a[0].Count),
            (make, a) => a.Length == 2
                ? Angle(make, a[0].Values, a[1].Values)
                : Angle(make, Subtract(make, a[0].Values, a[1].Values), Subtract(make, a[2].Values, a[1].Values))),
    };

    private const string Many = "1 vector, or several scalars";
    private const string Two = "2 vectors of one length";

    /// <summary>The names of functions and constants.</summary>
    public static IEnumerable<string> Names => All.Keys.Append("pi");

    /// <summary>Whether a name belongs to the language.</summary>
    public static bool IsReserved(string name) => name == "pi" || All.ContainsKey(name);

    /// <summary>The function of a name, or null.</summary>
    public static Function? Find(string name) => All.GetValueOrDefault(name);

    private static Function Each(Operation operation) => new("1 argument", a => a.Length == 1, (make, a) => Map(a[0], x => make.Apply(operation, x)));

    private static Function Scalar(string takes, Func<Term[], bool> fits, Func<ProgramBuilder, Term[], int> lower)
        => new(takes, fits, (make, a) => ([lower(make, a)], false));

    private static Function Fold(Func<ProgramBuilder, int, int, int> step)
        => Scalar(Many, AreMany, (make, a) => Values(a).Aggregate((x, y) => step(make, x, y)));

    private static (int[] Values, bool IsVector) Map(Term term, Converter<int, int> map) => (Array.ConvertAll(term.Values, map), term.IsVector);

    private static bool AreVectors(Term[] a) => a.All(each => each.IsVector);

    private static bool AreScalars(Term[] a) => a.All(each => !each.IsVector);

    private static bool AreTwo(Term[] a) => a.Length == 2 && AreVectors(a) && a[0].Count == a[1].Count;

    private static bool AreMany(Term[] a) => a.Length == 1 ? AreVectors(a) : a.Length > 1 && AreScalars(a);

    private static int[] Values(Term[] a) => [.. a.SelectMany(each => each.Values)];

    private static int[] Subtract(ProgramBuilder make, int[] a, int[] b) => [.. a.Zip(b, (x, y) => make.Apply(Operation.Subtract, x, y))];

    private static int[] Scale(ProgramBuilder make, int factor, int[] a) => Array.ConvertAll(a, x => make.Apply(Operation.Multiply, factor, x));

    private static int Dot(ProgramBuilder make, int[] a, int[] b) => make.Sum([.. a.Zip(b, (x, y) => make.Apply(Operation.Multiply, x, y))]);

    private static int Norm(ProgramBuilder make, int[] a) => make.Apply(Operation.Sqrt, Dot(make, a, a));

    private static int Mean(ProgramBuilder make, int[] a) => make.Apply(Operation.Divide, make.Sum(a), make.Constant(a.Length));

    /// <summary>a_i b_j - a_j b_i.</summary>
    private static int Minor(ProgramBuilder make, int[] a, int[] b, int i, int j)
        => make.Apply(Operation.Subtract, make.Apply(Operation.Multiply, a[i], b[j]), make.Apply(Operation.Multiply, a[j], b[i]));

    private static int[] Cross(ProgramBuilder make, int[] a, int[] b) => [Minor(make, a, b, 1, 2), Minor(make, a, b, 2, 0), Minor(make, a, b, 0, 1)];

    /// <summary>
    /// The angle between two vectors, 0 to pi, as the arc tangent of sine and cosine, which keeps all digits at 0 and pi. The
    /// sine is the root of the sum of all minors' squares, the length of the cross product where there are three components.
    /// Both vectors are brought to length 1 first; one without length stays 0, which makes the derivative 0.
    /// </summary>
    private static int Angle(ProgramBuilder make, int[] a, int[] b)
    {
        var (p, q) = (Unit(make, a), Unit(make, b));
        var minors = from i in Enumerable.Range(0, p.Length) from j in Enumerable.Range(i + 1, p.Length - i - 1) select Minor(make, p, q, i, j);
        return make.Apply(Operation.Atan2, Norm(make, [.. minors]), Dot(make, p, q));
    }

    private static int[] Unit(ProgramBuilder make, int[] a) => Scale(make, make.Apply(Operation.ReciprocalOrZero, Norm(make, a)), a);

    /// <summary>A function of the language.</summary>
    /// <param name="Takes">The arguments it takes, for errors.</param>
    /// <param name="Fits">Whether it takes these arguments.</param>
    /// <param name="Lower">Makes its scalar operations.</param>
    public sealed record Function(string Takes, Func<Term[], bool> Fits, Func<ProgramBuilder, Term[], (int[] Values, bool IsVector)> Lower);
}
