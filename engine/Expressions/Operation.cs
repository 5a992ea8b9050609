namespace PoseEngine.Expressions;

/// <summary>
/// The scalar operations of a <see cref="SampleProgram"/>, with operands a and b. Derivatives of all of them are made of
/// the same operations. NaN comes out where an operand is NaN, but for <see cref="GatedMultiply"/>.
/// </summary>
public enum Operation : byte
{
    /// <summary>The number of the instruction, <see cref="Instruction.Constant"/>.</summary>
    Constant,

    /// <summary>One element of an input array: array a, element b.</summary>
    Input,

    /// <summary>-a.</summary>
    Negate,

    /// <summary>a + b.</summary>
    Add,

    /// <summary>a - b.</summary>
    Subtract,

    /// <summary>a b.</summary>
    Multiply,

    /// <summary>a / b.</summary>
    Divide,

    /// <summary>1 / a, or 0 where a is 0: with it the gradients of norm, distance and angle are 0 at their kinks.</summary>
    ReciprocalOrZero,

    /// <summary>The square root of a. Its derivative at 0 is 0.</summary>
    Sqrt,

    /// <summary>e to the a.</summary>
    Exp,

    /// <summary>The natural logarithm of a.</summary>
    Log,

    /// <summary>sin a.</summary>
    Sin,

    /// <summary>cos a.</summary>
    Cos,

    /// <summary>tanh a.</summary>
    Tanh,

    /// <summary>The angle of the point with ordinate a and abscissa b, -pi to pi; 0, with derivative 0, where both are 0.</summary>
    Atan2,

    /// <summary>
    /// a to the b; NaN where a is negative and b no whole number. Its derivative by b is 0 where a is 0, and so is the one
    /// by a where b is below 1: where it would be infinite.
    /// </summary>
    Power,

    /// <summary>|a|. Its derivative at 0 is 0.</summary>
    Absolute,

    /// <summary>-1, 0 or 1 like the sign of a. Its derivative is 0.</summary>
    Sign,

    /// <summary>The smaller of a and b; the derivative is that of a where they are equal. The other operand has none, even where it is infinite.</summary>
    Minimum,

    /// <summary>The larger of a and b; likewise.</summary>
    Maximum,

    /// <summary>1 where a &lt;= b, 0 where a &gt; b, NaN where either is NaN. Its derivative is 0.</summary>
    AtMost,

    /// <summary>
    /// a b, but 0 where a is 0, whatever b is: what a derivative is times behind a branch that is not taken. A branch may be
    /// infinite there, or its slope, as exp(y) in exp(y) >= 1 for a large y.
    /// </summary>
    GatedMultiply,
}

/// <summary>The number of operands of operations.</summary>
public static class Operations
{
    /// <summary>How many values an operation takes: 0, 1 or 2.</summary>
    public static int OperandCount(this Operation operation) => operation switch
    {
        Operation.Constant or Operation.Input => 0,
        Operation.Add or Operation.Subtract or Operation.Multiply or Operation.Divide or Operation.Atan2 or Operation.Power
            or Operation.Minimum or Operation.Maximum or Operation.AtMost or Operation.GatedMultiply => 2,
        _ => 1,
    };

    /// <summary>The definition of an operation on numbers, the reference of every device.</summary>
    public static double Apply(this Operation operation, double a, double b) => operation switch
    {
        Operation.Negate => -a,
        Operation.Add => a + b,
        Operation.Subtract => a - b,
        Operation.Multiply => a * b,
        Operation.Divide => a / b,
        Operation.ReciprocalOrZero => a == 0 ? 0 : 1 / a,
        Operation.Sqrt => Math.Sqrt(a),
        Operation.Exp => Math.Exp(a),
        Operation.Log => Math.Log(a),
        Operation.Sin => Math.Sin(a),
        Operation.Cos => Math.Cos(a),
        Operation.Tanh => Math.Tanh(a),
        Operation.Atan2 => Math.Atan2(a, b),
        Operation.Power => double.IsNaN(a) || double.IsNaN(b) ? double.NaN : Math.Pow(a, b),
        Operation.Absolute => Math.Abs(a),
        Operation.Sign => double.IsNaN(a) ? a : Math.Sign(a),
        Operation.Minimum => a <= b || double.IsNaN(a) ? a : b,
        Operation.Maximum => a >= b || double.IsNaN(a) ? a : b,
        Operation.GatedMultiply => a == 0 ? 0 : a * b,
        Operation.AtMost => a <= b ? 1 : a > b ? 0 : double.NaN,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, $"{operation} has no operands"),
    };
}
