using System.Globalization;
using System.Numerics;
using System.Text;
using PoseEngine.Expressions;

namespace PoseEngine.Cuda;

/// <summary>
/// A <see cref="SampleProgram"/> as CUDA C: one kernel with a thread a sample and a line an instruction, on what
/// <c>kernels/expressions.cuh</c> defines. Its parameters are the inputs, the outputs, the number of samples of the outputs and the
/// last input, and after how many of them the samples of the other inputs begin anew.
/// </summary>
internal static class ExpressionPrinter
{
    /// <summary>
    /// Threads of a block: one warp, so that a batch of a hundred samples is spread over several multiprocessors.
    /// </summary>
    public const int Threads = 32;

    /// <summary>What the kernel of a program is called; profilers show it.</summary>
    public static string Name(SampleProgram program)
        => $"expression_{string.Concat(program.Outputs[0].Name.Where(char.IsAsciiLetterOrDigit))}";

    /// <summary>The text of a program's kernel.</summary>
    /// <typeparam name="T">The kernel's number type.</typeparam>
    /// <exception cref="NotSupportedException">The program is too long for a kernel.</exception>
    public static string Print<T>(SampleProgram program)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckLength(program);
        var text = new StringBuilder("#include \"expressions.cuh\"\n\n");
        PrintHead(program, text);
        PrintValues<T>(program, (array, element) => string.Create(CultureInfo.InvariantCulture, $"in{array}[{element}]"), text);
        PrintStores(program, text);
        return text.Append("}\n").ToString();
    }

    /// <summary>Throws where a program is too long for a kernel.</summary>
    /// <exception cref="NotSupportedException">It is.</exception>
    public static void CheckLength(SampleProgram program)
    {
        var count = program.Instructions.Count;
        if (count <= ExpressionLimits.Operations) return;
        throw new NotSupportedException(string.Create(
            CultureInfo.InvariantCulture,
            $"cuda: the expressions take {count} operations for {program.Outputs[^1].Name}, a kernel has at most {ExpressionLimits.Operations}; write fewer or shorter rows, or take the device cpu"));
    }

    /// <summary>The lines of a program, which define <c>v0</c>, <c>v1</c>, ... of the type <c>real</c>.</summary>
    /// <typeparam name="T">The number type of <c>real</c>.</typeparam>
    /// <param name="program">The program.</param>
    /// <param name="input">The text of an element of an input array.</param>
    /// <param name="text">Where they go.</param>
    public static void PrintValues<T>(SampleProgram program, Func<int, int, string> input, StringBuilder text)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < program.Instructions.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"    const real v{i} = ");
            PrintValue<T>(program.Instructions[i], input, text);
            text.Append(";\n");
        }
    }

    private static void PrintHead(SampleProgram program, StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"extern \"C\" __global__ void __launch_bounds__({Threads}) {Name(program)}(");
        for (var i = 0; i < program.Inputs.Count; i++) text.Append(program.Reads(i) ? $"const real* in{i}, " : "const real*, ");
        for (var i = 0; i < program.Outputs.Count; i++) text.Append(CultureInfo.InvariantCulture, $"real* out{i}, ");
        var repeats = Enumerable.Range(0, program.Inputs.Count - 1).Any(program.Reads);
        text.Append("int samples, int").Append(repeats ? " period" : "").Append(")\n{\n    const unsigned sample = first_element();\n    if (sample >= unsigned(samples)) return;\n");
        for (var i = 0; i < program.Inputs.Count; i++)
        {
            if (program.Reads(i)) PrintRow($"in{i}", i == program.Inputs.Count - 1 ? "sample" : "sample % period", program.Inputs[i].Width, text);
        }
        for (var i = 0; i < program.Outputs.Count; i++) PrintRow($"out{i}", "sample", program.Outputs[i].Width, text);
    }

    private static void PrintRow(string array, string sample, int width, StringBuilder text)
        => text.Append(CultureInfo.InvariantCulture, $"    {array} += size_t({sample}) * {width};\n");

    private static void PrintValue<T>(Instruction instruction, Func<int, int, string> input, StringBuilder text)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (operation, a, b, constant) = instruction;
        var sign = operation switch { Operation.Add => '+', Operation.Subtract => '-', Operation.Multiply => '*', Operation.Divide => '/', _ => ' ' };
        if (operation == Operation.Constant) text.Append(Literal(T.CreateTruncating(constant)));
        else if (operation == Operation.Input) text.Append(input(a, b));
        else if (operation == Operation.Negate) text.Append(CultureInfo.InvariantCulture, $"-v{a}");
        else if (sign != ' ') text.Append(CultureInfo.InvariantCulture, $"v{a} {sign} v{b}");
        else if (operation.OperandCount() == 1) text.Append(CultureInfo.InvariantCulture, $"{Function(operation)}(v{a})");
        else text.Append(CultureInfo.InvariantCulture, $"{Function(operation)}(v{a}, v{b})");
    }

    private static string Function(Operation operation) => operation switch
    {
        Operation.ReciprocalOrZero => "reciprocal_or_zero",
        Operation.Sqrt => "square_root",
        Operation.Exp => "exponential",
        Operation.Log => "logarithm",
        Operation.Sin => "sine",
        Operation.Cos => "cosine",
        Operation.Tanh => "hyperbolic_tangent",
        Operation.Atan2 => "arc_tangent",
        Operation.Power => "power",
        Operation.Absolute => "absolute",
        Operation.Sign => "sign_of",
        Operation.Minimum => "smaller",
        Operation.Maximum => "larger",
        Operation.AtMost => "at_most",
        Operation.GatedMultiply => "gated_product",
        _ => throw new InvalidOperationException($"cuda: the operation {operation} is no function"),
    };

    /// <summary>The very number, by the digits that give it back.</summary>
    public static string Literal<T>(T number)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Every float32 is a float64, whose digits a compiler brings back exactly.
        if (T.IsNaN(number)) return "infinity() - infinity()";
        if (T.IsInfinity(number)) return T.IsNegative(number) ? "-infinity()" : "infinity()";
        var digits = double.CreateTruncating(number).ToString("R", CultureInfo.InvariantCulture);
        return digits.AsSpan().IndexOfAny('.', 'E') < 0 ? $"real({digits}.0)" : $"real({digits})";
    }

    /// <summary>The elements of all outputs in their order; those that the program does not name are 0.</summary>
    private static void PrintStores(SampleProgram program, StringBuilder text)
    {
        var stores = program.Stores.ToLookup(store => store.Array);
        for (var array = 0; array < program.Outputs.Count; array++)
        {
            var next = 0;
            foreach (var store in stores[array])
            {
                PrintZeros(array, next, store.Element, text);
                text.Append(CultureInfo.InvariantCulture, $"    out{array}[{store.Element}] = v{store.Value};\n");
                next = store.Element + 1;
            }
            PrintZeros(array, next, program.Outputs[array].Width, text);
        }
    }

    private static void PrintZeros(int array, int first, int end, StringBuilder text)
    {
        if (first < end) text.Append(CultureInfo.InvariantCulture, $"    for (int i = {first}; i < {end}; ++i) out{array}[i] = real(0);\n");
    }
}
