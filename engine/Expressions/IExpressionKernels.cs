using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Expressions;

/// <summary>A device's way to run <see cref="SampleProgram"/>s: <c>device.Family&lt;IExpressionKernels&lt;T&gt;&gt;()</c>.</summary>
/// <typeparam name="T">The number type.</typeparam>
public interface IExpressionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Prepares a program for the device; what it needs there lives as long as the device.</summary>
    /// <exception cref="NotSupportedException">
    /// The device takes no program of this size. Every device takes <see cref="ExpressionLimits.Operations"/> instructions and
    /// 8 arrays, which no program of text exceeds.
    /// </exception>
    ICompiledProgram<T> Compile(SampleProgram program);
}

/// <summary>A program made ready for one device.</summary>
/// <typeparam name="T">The number type.</typeparam>
public interface ICompiledProgram<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Runs it for each of N samples. It may be recorded; it allocates nothing after the first call and gives the same bits
    /// for any number of threads.
    /// </summary>
    /// <param name="inputs">[N, width] for each input of the program; absent where the program reads none of it.</param>
    /// <param name="outputs">[N, width] for each output, overwritten. None may overlap an input.</param>
    /// <param name="stack">
    /// J: the last input and the outputs are [J N, width], and sample J' N + k of them goes with sample k of the other inputs.
    /// </param>
    /// <exception cref="ArgumentException">A tensor that is needed is absent or has a wrong number of elements.</exception>
    void Run(ReadOnlySpan<Tensor<T>> inputs, ReadOnlySpan<Tensor<T>> outputs, int stack = 1);
}
