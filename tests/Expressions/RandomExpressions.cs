using System.Globalization;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Expressions;

/// <summary>
/// Random text in the language of expressions: scalars and vectors of y1 to y6, of which p and q are points, and of a column
/// h. Arguments of functions that grow fast or have a bounded domain are brought into it.
/// </summary>
internal sealed class RandomExpressions(ulong seed)
{
    public const int Outputs = 6;
    private readonly RandomGenerator _random = new(seed);

    public static PoseEngine.Expressions.ExpressionVariables Variables { get; } = new(Outputs, ["p", "q"], columns: ["h"]);

    public string Row() => $"{Scalar(4)} {Pick("=", "=", "<=", ">=")} {Scalar(3)}";

    public double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.NextNormal())];

    private string Scalar(int depth)
    {
        if (depth == 0) return Leaf();
        string S() => Scalar(depth - 1);
        string V() => Vector(depth - 1);
        return _random.NextInt(28) switch
        {
            0 or 1 => $"({S()} + {S()})",
            2 or 3 => $"({S()} - {S()})",
            4 or 5 => $"{S()} * {S()}",
            6 => Pick($"2.5 ({S()})", "y1 y2", "0.7 h y3", $"y4 sin({S()})"),
            7 => $"({S()}) / (2 + ({S()})^2)",
            8 => $"-({S()})",
            9 => $"({S()})^{Pick("2", "3", "4", "-1", "-2")}",
            10 => $"(1.5 + ({S()})^2)^{Pick("0.5", "1.5", "-0.5", "0.3", $"sin({S()})")}",
            11 => $"sqrt(1 + ({S()})^2)",
            12 => $"exp(sin({S()}))",
            13 => $"log(1.2 + ({S()})^2)",
            14 => $"{Pick("sin", "cos", "tanh")}({S()})",
            15 => $"tan(tanh({S()}))",
            16 => $"atan2({S()}, {S()})",
            17 => $"abs({S()})",
            18 or 19 => $"{Pick("min", "max")}({S()}, {S()})",
            20 => $"{Pick("min", "max")}({S()}, {S()}, {S()})",
            21 => $"{Pick("sum", "mean", "norm", "max", "min")}({V()})",
            22 or 23 => $"distance({V()}, {V()})",
            24 => $"dot({V()}, {V()})",
            25 => $"angle({V()}, {V()})",
            26 => $"angle({V()}, {V()}, {V()})",
            _ => $"({V()})[{_random.NextInt(3)}]",
        };
    }

    private string Vector(int depth)
    {
        if (depth == 0) return Pick("p", "q", "y[0:3]", "y[2:5]", "y[-3:]");
        string S() => Scalar(depth - 1);
        string V() => Vector(depth - 1);
        return _random.NextInt(8) switch
        {
            0 => $"({V()} + {V()})",
            1 => $"({V()} - {V()})",
            2 => $"{S()} * {V()}",
            3 => $"cross({V()}, {V()})",
            4 => $"[{S()}, {S()}, {S()}]",
            5 => $"sin({V()})",
            6 => $"{V()} / (1 + norm({V()}))",
            _ => Pick("p", "q"),
        };
    }

    private string Leaf() => _random.NextInt(5) switch
    {
        0 => (0.1 * (1 + _random.NextInt(30))).ToString("0.0", CultureInfo.InvariantCulture),
        1 => "h",
        _ => $"y{1 + _random.NextInt(Outputs)}",
    };

    private string Pick(params string[] choices) => choices[_random.NextInt(choices.Length)];
}
