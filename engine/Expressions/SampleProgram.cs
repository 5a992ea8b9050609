using System.Globalization;
using System.Numerics;
using System.Text;
using PoseEngine.Tensors;

namespace PoseEngine.Expressions;

/// <summary>
/// One step of a <see cref="SampleProgram"/>. Instruction i defines value i; operands are values defined before it.
/// </summary>
/// <param name="Operation">What is computed.</param>
/// <param name="A">The first operand; of <see cref="Operation.Input"/> the number of the input array.</param>
/// <param name="B">The second operand; of <see cref="Operation.Input"/> the element.</param>
/// <param name="Constant">The number of <see cref="Operation.Constant"/>, 0 otherwise.</param>
public readonly record struct Instruction(Operation Operation, int A = 0, int B = 0, double Constant = 0);

/// <summary>An array that a program reads or writes for each sample: a tensor [N, Width].</summary>
/// <param name="Name">What it is, such as "y", "dy" or "c".</param>
/// <param name="Width">Its elements of one sample.</param>
public sealed record ProgramArray(string Name, int Width);

/// <summary>A value that becomes an element of an output array.</summary>
/// <param name="Array">The number of the output array.</param>
/// <param name="Element">The element of the sample's row.</param>
/// <param name="Value">The instruction that defines it.</param>
public readonly record struct ProgramStore(int Array, int Element, int Value);

/// <summary>
/// A function of one sample as straight-line code on scalars: every value is defined once, equal subexpressions are one
/// value, and nothing is computed that no output needs. A device runs it for N samples at once and needs no knowledge of
/// derivatives, which <see cref="Derivatives"/> makes as programs of the same form. Made by a <see cref="ProgramBuilder"/>.
/// </summary>
public sealed class SampleProgram
{
    private readonly bool[] _isRead;

    internal SampleProgram(
        IReadOnlyList<ProgramArray> inputs, IReadOnlyList<ProgramArray> outputs, Instruction[] instructions, ProgramStore[] stores)
    {
        Inputs = inputs;
        Outputs = outputs;
        Instructions = instructions;
        Stores = stores;
        _isRead = new bool[inputs.Count];
        foreach (var instruction in instructions)
        {
            if (instruction.Operation == Operation.Input) _isRead[instruction.A] = true;
        }
    }

    /// <summary>The arrays it may read, in the order in which their tensors are given.</summary>
    public IReadOnlyList<ProgramArray> Inputs { get; }

    /// <summary>The arrays it writes, in the order in which their tensors are given.</summary>
    public IReadOnlyList<ProgramArray> Outputs { get; }

    /// <summary>The steps, in an order in which they can run.</summary>
    public IReadOnlyList<Instruction> Instructions { get; }

    /// <summary>
    /// Which values go where, ordered by array and element; elements of the outputs that are not named here are 0.
    /// </summary>
    public IReadOnlyList<ProgramStore> Stores { get; }

    /// <summary>Whether any element of an input array is read; the tensor of one that is not is not looked at, but for the first.</summary>
    public bool Reads(int input) => _isRead[input];

    /// <summary>Checks the tensors of a run and returns the number of samples.</summary>
    /// <typeparam name="T">The number type.</typeparam>
    /// <param name="inputs">A tensor for each of <see cref="Inputs"/>, the first one present.</param>
    /// <param name="outputs">A tensor for each of <see cref="Outputs"/>.</param>
    /// <param name="stack">How often the last input and the outputs have all samples, one behind the other.</param>
    /// <exception cref="ArgumentException">A tensor that is needed is absent or has a wrong number of elements.</exception>
    public int CountSamples<T>(ReadOnlySpan<Tensor<T>> inputs, ReadOnlySpan<Tensor<T>> outputs, int stack = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Guard.Equal(inputs.Length, Inputs.Count, "the inputs of an expression");
        Guard.Equal(outputs.Length, Outputs.Count, "the outputs of an expression");
        var samples = inputs[0].Count / Inputs[0].Width / (inputs.Length == 1 ? stack : 1);
        for (var i = 0; i < inputs.Length; i++)
        {
            var (name, width) = (Inputs[i].Name, Inputs[i].Width);
            if (i > 0 && !_isRead[i]) continue;
            if (inputs[i].IsAbsent)
            {
                throw new ArgumentException($"the expressions read the array {name}, which is absent: give a tensor of {samples} x {width} numbers");
            }
            var times = i == inputs.Length - 1 ? stack : 1;
            Guard.Equal(inputs[i].Count, (long)times * samples * width, $"the array {name} of {times * samples} samples");
        }
        for (var i = 0; i < outputs.Length; i++)
        {
            Guard.Equal(outputs[i].Count, (long)stack * samples * Outputs[i].Width, $"the array {Outputs[i].Name} of {stack * samples} samples");
        }
        return samples;
    }

    /// <summary>The program as text, one instruction a line; two programs that do the same steps have the same text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Instructions.Count; i++)
        {
            var (operation, a, b, constant) = Instructions[i];
            text.Append(CultureInfo.InvariantCulture, $"v{i} = ").AppendLine(operation switch
            {
                Operation.Constant => constant.ToString("R", CultureInfo.InvariantCulture),
                Operation.Input => $"{Inputs[a].Name}[{b}]",
                _ => operation.OperandCount() == 1 ? $"{operation} v{a}" : $"{operation} v{a} v{b}",
            });
        }
        foreach (var store in Stores) text.AppendLine(CultureInfo.InvariantCulture, $"{Outputs[store.Array].Name}[{store.Element}] = v{store.Value}");
        return text.ToString();
    }
}
