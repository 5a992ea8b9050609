namespace PoseEngine.Expressions;

/// <summary>
/// Derivatives of <see cref="SampleProgram"/>s as programs, by one rule for each operation. They compose: the tangent of an
/// adjoint is the product of the weighted second derivatives with a direction. At kinks the rules give the values that
/// <see cref="Operation"/> names.
/// </summary>
/// <remarks>
/// A branch of min, max or an inequality that is not taken has derivative 0, also where its value or slope is infinite or
/// NaN, and so have all derivatives of it: products behind the gate are <see cref="Operation.GatedMultiply"/>. That hides
/// nothing: where the value of a row is NaN, so is the gate, and with it the derivative.
/// </remarks>
public static class Derivatives
{
    /// <summary>
    /// R-op: the derivative of the only output array along a direction of one input array, which becomes the last input.
    /// </summary>
    /// <param name="program">A program with one output array.</param>
    /// <param name="variable">The number of the input array that varies; all others are constants.</param>
    /// <param name="direction">The name of the direction, of the variable's width.</param>
    /// <param name="result">The name of the derivative.</param>
    public static SampleProgram Tangent(SampleProgram program, int variable, string direction, string result)
    {
        var inputs = program.Inputs.Append(new ProgramArray(direction, program.Inputs[variable].Width)).ToArray();
        var builder = new ProgramBuilder(inputs);
        var values = Copy(program, builder);
        var tangents = Tangents(program, builder, values, (array, element) => array == variable ? builder.Input(inputs.Length - 1, element) : null);
        return builder.Build(
            [program.Outputs[0] with { Name = result }],
            from store in program.Stores where tangents[store.Value] is not null select store with { Value = tangents[store.Value]!.Value });
    }

    /// <summary>The derivatives of all values of a program that was brought into a builder, by one element of an input array.</summary>
    /// <param name="program">The program.</param>
    /// <param name="builder">Where its values are.</param>
    /// <param name="values">Their places there, as <see cref="Copy"/> returned them.</param>
    /// <param name="variable">The number of the input array.</param>
    /// <param name="element">The element that varies; all else is constant.</param>
    /// <returns>The place of each derivative in the builder, null where it is 0 everywhere.</returns>
    internal static int?[] ByElement(SampleProgram program, ProgramBuilder builder, int[] values, int variable, int element)
        => Tangents(program, builder, values, (array, own) => array == variable && own == element ? builder.Constant(1) : null);

    /// <summary>
    /// L-op: the weighted sum of the derivatives of the only output array's elements by one input array. The weights become
    /// the last input.
    /// </summary>
    /// <param name="program">A program with one output array.</param>
    /// <param name="variable">The number of the input array that varies; all others are constants.</param>
    /// <param name="weights">The name of the weights, of the output's width; null takes weights 1: the gradient of a sum.</param>
    /// <param name="result">The name of the derivative, of the variable's width.</param>
    public static SampleProgram Adjoint(SampleProgram program, int variable, string? weights, string result)
    {
        var inputs = weights is null ? program.Inputs : [.. program.Inputs, new ProgramArray(weights, program.Outputs[0].Width)];
        var builder = new ProgramBuilder(inputs);
        var values = Copy(program, builder);
        var varies = Varying(program, variable);
        var adjoints = new int?[values.Length];
        var isGated = new bool[values.Length]; // every way from the outputs to the value goes through a gate
        foreach (var store in program.Stores)
        {
            var weight = weights is null ? builder.Constant(1) : builder.Input(inputs.Count - 1, store.Element);
            adjoints[store.Value] = Sum(builder, adjoints[store.Value], weight);
        }
        var stores = new List<ProgramStore>();
        for (var i = values.Length - 1; i >= 0; i--)
        {
            if (adjoints[i] is not { } adjoint || !varies[i]) continue;
            var (operation, a, b, _) = program.Instructions[i];
            var (operands, gated) = (operation.OperandCount(), isGated[i]);
            int? Pulled(int operand) => Partial(builder, operation, values[a], values[operands > 1 ? b : a], values[i], adjoint, operand, gated);
            void Add(int place, int? share)
            {
                if (share is null) return;
                isGated[place] = (gated || IsGate(operation)) && (adjoints[place] is null || isGated[place]);
                adjoints[place] = Sum(builder, adjoints[place], share);
            }
            if (operation == Operation.Input) stores.Add(new ProgramStore(0, b, adjoint));
            else if (operands > 1 && a == b) Add(a, Sum(builder, Pulled(0), Pulled(1)));
            else
            {
                if (operands > 0 && varies[a]) Add(a, Pulled(0));
                if (operands > 1 && varies[b]) Add(b, Pulled(1));
            }
        }
        return builder.Build([new ProgramArray(result, program.Inputs[variable].Width)], stores);
    }

    /// <summary>
    /// The derivative of r = operation(a, b) by one of its operands, times a factor, which is linear in the factor: a tangent
    /// is pushed and an adjoint pulled through it alike. Null where the derivative is 0 everywhere. A gated factor that is 0 makes
    /// the product 0.
    /// </summary>
    private static int? Partial(ProgramBuilder make, Operation operation, int a, int b, int r, int factor, int operand, bool isGated = false)
    {
        int Product(int x, int y) => make.Apply(isGated ? Operation.GatedMultiply : Operation.Multiply, x, y);
        int Times(int x) => Product(factor, x);
        int Over(int x) => isGated ? Times(make.Apply(Operation.Divide, make.Constant(1), x)) : make.Apply(Operation.Divide, factor, x);
        int Minus(int x) => make.Apply(Operation.Negate, x);
        int Square(int x) => make.Apply(Operation.Multiply, x, x);
        int Gated(int gate, int x) => make.Apply(Operation.GatedMultiply, gate, x);
        int IsNot0(int x) => make.Apply(Operation.Absolute, make.Apply(Operation.Sign, x));
        int Gate(int x, int y)
        {
            var first = make.Apply(Operation.AtMost, x, y);
            return Gated(operand == 0 ? first : make.Apply(Operation.Subtract, make.Constant(1), first), factor);
        }
        switch (operation)
        {
            case Operation.Negate:
                return Minus(factor);
            case Operation.Add:
                return factor;
            case Operation.Subtract:
                return operand == 0 ? factor : Minus(factor);
            case Operation.Multiply:
                return Times(operand == 0 ? b : a);
            case Operation.Divide:
                return operand == 0 ? Over(b) : Minus(Product(Over(b), r));
            case Operation.ReciprocalOrZero:
                return Minus(Times(Square(r)));
            case Operation.Sqrt:
                return make.Apply(Operation.Multiply, make.Constant(0.5), Times(make.Apply(Operation.ReciprocalOrZero, r)));
            case Operation.Exp:
                return Times(r);
            case Operation.Log:
                return Over(a);
            case Operation.Sin:
                return Times(make.Apply(Operation.Cos, a));
            case Operation.Cos:
                return Minus(Times(make.Apply(Operation.Sin, a)));
            case Operation.Tanh:
                return Times(make.Apply(Operation.Subtract, make.Constant(1), Square(r)));
            case Operation.Atan2:
                var scale = make.Apply(Operation.ReciprocalOrZero, make.Apply(Operation.Add, Square(a), Square(b)));
                return operand == 0 ? Times(make.Apply(Operation.Multiply, b, scale)) : Minus(Times(make.Apply(Operation.Multiply, a, scale)));
            case Operation.Power when operand == 0:
                // b a^(b-1), or 0 where that is infinite at a = 0
                var exponent = make[b] is { Operation: Operation.Constant } number ? number.Constant : double.NaN;
                if (exponent == 0) return null;
                var slope = make.Power(a, make.Apply(Operation.Subtract, b, make.Constant(1)));
                if (!(exponent >= 1)) slope = Gated(make.Apply(Operation.Maximum, IsNot0(a), make.Apply(Operation.AtMost, make.Constant(1), b)), slope);
                return Times(make.Apply(Operation.Multiply, b, slope));
            case Operation.Power:
                // r log a, or 0 at a = 0
                return Times(Gated(IsNot0(a), make.Apply(Operation.Multiply, r, make.Apply(Operation.Log, a))));
            case Operation.Absolute:
                return Times(make.Apply(Operation.Sign, a));
            case Operation.GatedMultiply:
                return operand == 0 ? Gated(factor, b) : Gated(a, factor);
            case Operation.Minimum:
                return Gate(a, b);
            case Operation.Maximum:
                return Gate(b, a);
            default:
                return null; // Sign and AtMost are constant but for their jumps.
        }
    }

    /// <summary>Whether an operation may let nothing through of what an operand is.</summary>
    private static bool IsGate(Operation operation) => operation is Operation.Minimum or Operation.Maximum or Operation.GatedMultiply;

    /// <summary>The tangents of all values for given ones of the inputs; null stands for 0.</summary>
    private static int?[] Tangents(SampleProgram program, ProgramBuilder builder, int[] values, Func<int, int, int?> seed)
    {
        var tangents = new int?[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (operation, a, b, _) = program.Instructions[i];
            tangents[i] = operation.OperandCount() switch
            {
                0 => operation == Operation.Input ? seed(a, b) : null,
                1 => tangents[a] is { } da ? Partial(builder, operation, values[a], values[a], values[i], da, 0) : null,
                _ => Sum(
                    builder,
                    tangents[a] is { } da ? Partial(builder, operation, values[a], values[b], values[i], da, 0) : null,
                    tangents[b] is { } db ? Partial(builder, operation, values[a], values[b], values[i], db, 1) : null),
            };
        }
        return tangents;
    }

    /// <summary>Brings a program's instructions into a builder, whose inputs begin with the program's, and returns their places there.</summary>
    internal static int[] Copy(SampleProgram program, ProgramBuilder builder)
    {
        var places = new int[program.Instructions.Count];
        for (var i = 0; i < places.Length; i++)
        {
            var (operation, a, b, constant) = program.Instructions[i];
            places[i] = operation switch
            {
                Operation.Constant => builder.Constant(constant),
                Operation.Input => builder.Input(a, b),
                _ => operation.OperandCount() == 1
                    ? builder.Apply(operation, places[a])
                    : builder.Apply(operation, places[a], places[b]),
            };
        }
        return places;
    }

    /// <summary>Which values depend on an input array.</summary>
    private static bool[] Varying(SampleProgram program, int variable)
    {
        var varies = new bool[program.Instructions.Count];
        for (var i = 0; i < varies.Length; i++)
        {
            var (operation, a, b, _) = program.Instructions[i];
            varies[i] = operation.OperandCount() switch
            {
                0 => operation == Operation.Input && a == variable,
                1 => varies[a],
                _ => varies[a] || varies[b],
            };
        }
        return varies;
    }

    private static int? Sum(ProgramBuilder builder, int? a, int? b) => (a, b) switch
    {
        ({ } x, { } y) => builder.Apply(Operation.Add, x, y),
        _ => a ?? b,
    };
}
