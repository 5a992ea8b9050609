using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IOptimizerKernels{T}"/> on CUDA, see <c>kernels/optimizers.cu</c>.</summary>
internal sealed class OptimizerKernels<T>(CudaContext context) : IOptimizerKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Blocks of an update that leaves sums, at most.</summary>
    private const int MostParts = 2048;

    private CudaModule? _module;
    private CudaStorage<double>? _parts;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("optimizers.cu");

    private CudaStorage<double> Parts => _parts ??= new CudaStorage<double>(context, MostParts);

    public void Adam(
        Tensor<double> scalars, Tensor<double> watched, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> w, Tensor<double> square)
    {
        AdamStep.Check(scalars, gradient, m, v, w);
        var arguments = Numbers(scalars, watched);
        arguments.Add(gradient.DevicePointer());
        arguments.Add(m.DevicePointer());
        arguments.Add(v.DevicePointer());
        arguments.Add(w.DevicePointer());
        WithSquare("adam", arguments, w.Count, square);
    }

    public void AdamMetric(Tensor<double> scalars, Tensor<T> gradient, Tensor<T> m, Tensor<T> v, Tensor<T> s)
    {
        AdamStep.Check(scalars, gradient, m, v, s);
        var arguments = new KernelArguments();
        arguments.Add(scalars.DevicePointer());
        arguments.Add(gradient.DevicePointer());
        arguments.Add(m.DevicePointer());
        arguments.Add(v.DevicePointer());
        arguments.Add(s.DevicePointer());
        arguments.Add(s.Count);
        Module["adam_metric"].Launch(ElementLaunch.Over(s.Count), arguments);
    }

    public void Sgd(Tensor<double> scalars, Tensor<double> watched, Tensor<T> gradient, Tensor<T> w)
    {
        SgdStep.Check(scalars, gradient, w);
        var arguments = Numbers(scalars, watched);
        arguments.Add(gradient.DevicePointer());
        arguments.Add(w.DevicePointer());
        arguments.Add(w.Count);
        Module["sgd"].Launch(ElementLaunch.Over(w.Count), arguments);
    }

    public void Momentum(
        Tensor<double> scalars, Tensor<double> watched, Tensor<T> gradient, Tensor<T> velocity, Tensor<T> w, Tensor<double> square)
    {
        SgdStep.Check(scalars, gradient, w);
        Guard.Equal(velocity.Count, w.Count, "sgd: the velocity");
        var arguments = Numbers(scalars, watched);
        arguments.Add(gradient.DevicePointer());
        arguments.Add(velocity.DevicePointer());
        arguments.Add(w.DevicePointer());
        WithSquare("sgd_momentum", arguments, w.Count, square);
    }

    public void MultiplierWeights(Tensor<T> multipliers, int samples, Tensor<T> weights)
    {
        Guard.Equal(weights.Count, multipliers.Count, "the weights of multipliers");
        var arguments = new KernelArguments();
        arguments.Add(multipliers.DevicePointer());
        arguments.Add(weights.DevicePointer());
        arguments.Add(samples);
        arguments.Add(weights.Count);
        Module["multiplier_weights"].Launch(ElementLaunch.Over(weights.Count), arguments);
    }

    public void MultiplierAscent(
        Tensor<double> scalars, Tensor<double> watched, Tensor<double> squares, Tensor<double> bounds, Tensor<T> multipliers, Tensor<T> averages)
    {
        MultiplierStep.Check(scalars, squares, bounds, multipliers, averages);
        var arguments = Numbers(scalars, watched);
        arguments.Add(squares.DevicePointer());
        arguments.Add(bounds.DevicePointer());
        arguments.Add(multipliers.DevicePointer());
        arguments.Add(averages.DevicePointer());
        arguments.Add(multipliers.Count);
        Module["multiplier_ascent"].Launch(ElementLaunch.Over(multipliers.Count), arguments);
    }

    private static KernelArguments Numbers(Tensor<double> scalars, Tensor<double> watched)
    {
        var arguments = new KernelArguments();
        arguments.Add(scalars.DevicePointer());
        arguments.Add(watched.DevicePointer());
        arguments.Add(watched.Count);
        return arguments;
    }

    /// <summary>Launches an update whose blocks leave parts of a sum, and adds them up.</summary>
    private void WithSquare(string kernel, KernelArguments arguments, int count, Tensor<double> square)
    {
        Guard.Positive(square.Count, "the square of a step");
        var parts = ElementLaunch.ReductionBlocks(count, MostParts);
        arguments.Add(Parts.Pointer);
        arguments.Add(count);
        Module[kernel].Launch(new LaunchShape(parts, 1, 1, ElementLaunch.Threads), arguments);
        var sum = new KernelArguments();
        sum.Add(Parts.Pointer);
        sum.Add(square.DevicePointer());
        sum.Add(parts);
        Module["square_sum_parts"].Launch(new LaunchShape(1, 1, 1, ElementLaunch.Threads), sum);
    }
}
