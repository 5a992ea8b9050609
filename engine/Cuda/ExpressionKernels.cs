using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IExpressionKernels{T}"/> on CUDA: each program becomes a kernel, see <see cref="ExpressionPrinter"/>.</summary>
internal sealed class ExpressionKernels<T>(CudaContext context) : IExpressionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <exception cref="NotSupportedException">The program is too long for a kernel, or has too many arrays.</exception>
    public ICompiledProgram<T> Compile(SampleProgram program) => new ExpressionKernel<T>(context, program);
}

/// <summary>
/// A program on CUDA: one launch a run. It is compiled when it first runs, as all kernels are, so that what is not called
/// costs nothing; the compiler keeps it, and a program with the same text is not compiled again.
/// </summary>
internal sealed class ExpressionKernel<T> : ICompiledProgram<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SampleProgram _program;
    private readonly Lazy<CudaKernel> _kernel;

    public ExpressionKernel(CudaContext context, SampleProgram program)
    {
        var arrays = program.Inputs.Count + program.Outputs.Count;
        if (arrays > KernelArguments.Capacity - 2)
        {
            throw new NotSupportedException($"cuda: the expressions have {arrays} arrays, a kernel takes at most {KernelArguments.Capacity - 2}; write fewer");
        }
        _program = program;
        var text = ExpressionPrinter.Print<T>(program);
        _kernel = new(() => context.Compiler.LoadUnfused<T>("expression.cu", text)[ExpressionPrinter.Name(program)]);
    }

    public void Run(ReadOnlySpan<Tensor<T>> inputs, ReadOnlySpan<Tensor<T>> outputs, int stack)
    {
        var samples = _program.CountSamples(inputs, outputs, stack);
        var arguments = new KernelArguments();
        for (var i = 0; i < inputs.Length; i++)
        {
            // What is not read may be any tensor, also one of another device.
            if (_program.Reads(i)) arguments.Add(inputs[i]);
            else arguments.Add(0UL);
        }
        foreach (var output in outputs) arguments.Add(output);
        arguments.Add(checked(stack * samples));
        arguments.Add(samples);
        _kernel.Value.Launch(LaunchShape.Linear(stack * samples, ExpressionPrinter.Threads), arguments);
    }
}
