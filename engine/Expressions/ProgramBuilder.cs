using System.Runtime.InteropServices;

namespace PoseEngine.Expressions;

/// <summary>
/// Makes a <see cref="SampleProgram"/>. A value that exists already is found again, constants are folded, and what is left
/// out changes no result by a rounding: products with 1 and -1, sums with 0, signs and powers of two moved outwards. Two things
/// may differ: the sign of a zero, as 0 + -0 is 0 but becomes -0; and a result with a factor that is a power of two, where
/// a value between is beyond the range of normal numbers in one order and not in the other. A product with 0 stays, since NaN
/// times 0 is NaN.
/// </summary>
/// <param name="inputs">The arrays that the program may read.</param>
/// <param name="limit">Instructions at the most.</param>
public sealed class ProgramBuilder(IReadOnlyList<ProgramArray> inputs, int limit = int.MaxValue)
{
    private readonly List<Instruction> _instructions = [];

    /// <summary>The values by their definitions; of numbers the bits count, since 0 and -0 differ as divisors.</summary>
    private readonly Dictionary<(Operation Operation, int A, int B, long Bits), int> _known = [];

    /// <summary>The number of values so far.</summary>
    public int Count => _instructions.Count;

    /// <summary>The instruction that defines a value.</summary>
    public Instruction this[int value] => _instructions[value];

    /// <summary>A number.</summary>
    public int Constant(double number) => Define(new Instruction(Operation.Constant, Constant: number));

    /// <summary>An element of an input array.</summary>
    public int Input(int array, int element) => Define(new Instruction(Operation.Input, array, element));

    /// <summary>An operation on one value.</summary>
    public int Apply(Operation operation, int a)
    {
        var (inner, x, _, constant) = _instructions[a];
        if (inner == Operation.Constant) return Constant(operation.Apply(constant, 0));
        if (operation == Operation.Negate && inner == Operation.Negate) return x;
        if (operation == Operation.Negate && inner == Operation.Subtract) return Apply(Operation.Subtract, _instructions[a].B, x);
        return Define(new Instruction(operation, a));
    }

    /// <summary>An operation on two values.</summary>
    public int Apply(Operation operation, int a, int b)
    {
        if (IsConstant(a, out var first) & IsConstant(b, out var second)) return Constant(operation.Apply(first, second));
        return operation switch
        {
            Operation.Add => Add(a, b),
            Operation.Subtract => Subtract(a, b),
            Operation.Multiply => Multiply(a, b),
            Operation.GatedMultiply when IsConstant(a, out _) => first == 0 ? a : Multiply(a, b),
            Operation.GatedMultiply => IsConstant(b, out _) && double.IsFinite(second) ? Multiply(a, b) : Product(operation, a, b),
            Operation.Divide when double.IsPow2(Math.Abs(second)) && double.IsNormal(1 / second) => Multiply(Constant(1 / second), a),
            _ => Define(new Instruction(operation, a, b)),
        };
    }

    /// <summary>
    /// a to the b. Of constant powers, whole ones up to <see cref="LargestPower"/> become multiplications and 1/2 the square
    /// root, whose derivative at 0 is 0.
    /// </summary>
    public int Power(int a, int b)
    {
        if (!IsConstant(b, out var exponent)) return Apply(Operation.Power, a, b);
        if (exponent == 0.5) return Apply(Operation.Sqrt, a);
        if (exponent < 0) return Apply(Operation.Divide, Constant(1), Power(a, Constant(-exponent)));
        if (exponent != Math.Floor(exponent) || exponent is 0 or > LargestPower) return Apply(Operation.Power, a, b);
        var result = -1;
        for (var n = (int)exponent; ; a = Apply(Operation.Multiply, a, a))
        {
            if ((n & 1) == 1) result = result < 0 ? a : Apply(Operation.Multiply, result, a);
            if ((n >>= 1) == 0) return result;
        }
    }

    /// <summary>The sum of values, from left to right; 0 if there are none.</summary>
    public int Sum(ReadOnlySpan<int> values)
    {
        if (values.IsEmpty) return Constant(0);
        var sum = values[0];
        foreach (var value in values[1..]) sum = Apply(Operation.Add, sum, value);
        return sum;
    }

    /// <summary>The largest whole exponent that becomes multiplications.</summary>
    public const int LargestPower = 64;

    /// <summary>The program that gives values to elements of output arrays; values that no output needs are dropped.</summary>
    /// <param name="outputs">The arrays.</param>
    /// <param name="stores">Which values go where, each element once; constants that are 0 need not be stored.</param>
    public SampleProgram Build(IReadOnlyList<ProgramArray> outputs, IEnumerable<ProgramStore> stores)
    {
        var wanted = stores.Where(store => !(IsConstant(store.Value, out var number) && number == 0))
            .OrderBy(store => store.Array).ThenBy(store => store.Element).ToArray();
        var isNeeded = new bool[Count];
        foreach (var store in wanted) isNeeded[store.Value] = true;
        for (var i = Count - 1; i >= 0; i--)
        {
            if (!isNeeded[i]) continue;
            var (operation, a, b, _) = _instructions[i];
            var operands = operation.OperandCount();
            if (operands > 0) isNeeded[a] = true;
            if (operands > 1) isNeeded[b] = true;
        }
        var places = new int[Count];
        var kept = new List<Instruction>();
        for (var i = 0; i < Count; i++)
        {
            if (!isNeeded[i]) continue;
            places[i] = kept.Count;
            var own = _instructions[i];
            kept.Add(own.Operation.OperandCount() switch
            {
                0 => own,
                1 => own with { A = places[own.A] },
                _ => own with { A = places[own.A], B = places[own.B] },
            });
        }
        return new SampleProgram(inputs, outputs, [.. kept], Array.ConvertAll(wanted, store => store with { Value = places[store.Value] }));
    }

    private int Add(int a, int b)
    {
        if (IsZero(a)) return b;
        if (IsZero(b)) return a;
        if (a == b) return Multiply(Constant(2), a);
        if (IsNegated(b, out var negated)) return Subtract(a, negated);
        if (IsNegated(a, out negated)) return Subtract(b, negated);
        if (IsScaled(a, out var scale, out var x) && IsScaled(b, out var other, out var y) && scale == other) return Multiply(Constant(scale), Add(x, y));
        return Define(new Instruction(Operation.Add, Math.Min(a, b), Math.Max(a, b)));
    }

    private int Subtract(int a, int b)
    {
        if (IsZero(b)) return a;
        if (IsZero(a)) return Apply(Operation.Negate, b);
        if (IsNegated(b, out var negated)) return Add(a, negated);
        return Define(new Instruction(Operation.Subtract, a, b));
    }

    private int Multiply(int a, int b)
    {
        if (IsConstant(b, out _)) (a, b) = (b, a);
        if (!IsConstant(a, out var number)) return Product(Operation.Multiply, Math.Min(a, b), Math.Max(a, b));
        if (number == 1) return b;
        if (number == -1) return Apply(Operation.Negate, b);
        if (IsNegated(b, out var negated)) return Apply(Operation.Negate, Multiply(a, negated));
        return IsScaled(b, out var inner, out var rest)
            ? Multiply(Constant(number * inner), rest)
            : Define(new Instruction(Operation.Multiply, a, b));
    }

    /// <summary>A product of values that are no numbers, gated or not.</summary>
    private int Product(Operation operation, int a, int b)
    {
        if (IsNegated(a, out var negated)) return Apply(Operation.Negate, Apply(operation, negated, b));
        if (IsNegated(b, out negated)) return Apply(Operation.Negate, Apply(operation, a, negated));
        if (IsScaled(a, out var scale, out var x)) return Multiply(Constant(scale), Apply(operation, x, b));
        if (IsScaled(b, out scale, out x)) return Multiply(Constant(scale), Apply(operation, a, x));
        return Define(new Instruction(operation, a, b));
    }

    /// <summary>Whether a value is another one times a power of two, which can be multiplied earlier or later alike.</summary>
    private bool IsScaled(int value, out double scale, out int scaled)
    {
        var (operation, a, b, _) = _instructions[value];
        (scale, scaled) = (0, b);
        return operation == Operation.Multiply && IsConstant(a, out scale) && double.IsPow2(Math.Abs(scale));
    }

    private bool IsConstant(int value, out double number)
    {
        number = _instructions[value].Constant;
        return _instructions[value].Operation == Operation.Constant;
    }

    private bool IsZero(int value) => IsConstant(value, out var number) && number == 0;

    private bool IsNegated(int value, out int negated)
    {
        negated = _instructions[value].A;
        return _instructions[value].Operation == Operation.Negate;
    }

    private int Define(Instruction instruction)
    {
        var key = (instruction.Operation, instruction.A, instruction.B, BitConverter.DoubleToInt64Bits(instruction.Constant));
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, key, out var isKnown);
        if (isKnown) return place;
        if (_instructions.Count == limit)
        {
            _known.Remove(key);
            throw new ProgramTooLongException();
        }
        place = _instructions.Count;
        _instructions.Add(instruction);
        return place;
    }
}

/// <summary>A program has more instructions than its builder was allowed; the parser says where.</summary>
internal sealed class ProgramTooLongException : InvalidOperationException;
