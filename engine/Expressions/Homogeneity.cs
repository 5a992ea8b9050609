namespace PoseEngine.Expressions;

/// <summary>
/// The degree d of a value with f(s y) = s^d f(y) for every s above 0: of a difference of distances 1, of an angle 0. Such
/// a value is the same in every unit of the outputs but for a factor, so that it need not be computed in another one.
/// </summary>
internal static class Homogeneity
{
    /// <summary>The zero constant has every degree.</summary>
    private const double Every = double.NaN;

    /// <summary>The degree of a value in the outputs, or null where it has none that these rules find.</summary>
    public static double? DegreeOf(ProgramBuilder program, int value)
    {
        // Operands stand before what is made of them, however long the chain.
        var degrees = new double?[value + 1];
        for (var i = 0; i <= value; i++)
        {
            var (operation, a, b, constant) = program[i];
            degrees[i] = operation switch
            {
                Operation.Constant => constant == 0 ? Every : 0,
                Operation.Input => a == ExpressionVariables.OutputArray ? 1 : 0,
                _ => operation.OperandCount() == 1 ? OfOne(operation, degrees[a]) : OfTwo(operation, degrees[a], degrees[b], program[b]),
            };
        }
        return degrees[value];
    }

    private static double? OfOne(Operation operation, double? a) => operation switch
    {
        Operation.Negate or Operation.Absolute => a,
        Operation.ReciprocalOrZero => -a,
        Operation.Sqrt => a / 2,
        Operation.Sign => a is null ? null : 0,
        _ => a is { } degree && (degree == 0 || double.IsNaN(degree)) ? 0 : null,
    };

    private static double? OfTwo(Operation operation, double? a, double? b, Instruction second) => operation switch
    {
        Operation.Multiply or Operation.GatedMultiply => a + b,
        Operation.Divide => a - b,
        Operation.Power when second.Operation == Operation.Constant => a * second.Constant,
        Operation.Power => a == 0 && b == 0 ? 0 : null,
        Operation.Atan2 or Operation.AtMost => Same(a, b) is null ? null : 0,
        _ => Same(a, b),
    };

    private static double? Same(double? a, double? b) => a is not { } first || b is not { } second ? null
        : double.IsNaN(first) ? second
        : double.IsNaN(second) || first == second ? first
        : null;
}
