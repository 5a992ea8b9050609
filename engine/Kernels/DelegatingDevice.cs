using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>A device that hands everything to another one: a class that changes one thing derives from it.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="inner">Who does the work; it is not disposed.</param>
public abstract class DelegatingDevice<T>(ComputeDevice<T> inner) : ComputeDevice<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Name => Inner.Name;

    /// <inheritdoc/>
    public override string Precision => Inner.Precision;

    /// <inheritdoc/>
    public override bool RoundsProducts => Inner.RoundsProducts;

    /// <inheritdoc/>
    public override long LiveBytes => Inner.LiveBytes;

    /// <inheritdoc/>
    public override DeviceCounters? Counters => Inner.Counters;

    /// <inheritdoc/>
    public override IVectorKernels<T> Vectors => Inner.Vectors;

    /// <inheritdoc/>
    public override IImageKernels<T> Images => Inner.Images;

    /// <inheritdoc/>
    public override IConvolutionKernels<T> Convolution => Inner.Convolution;

    /// <inheritdoc/>
    public override IPooledConvolutionKernels<T>? PooledConvolution => Inner.PooledConvolution;

    /// <inheritdoc/>
    public override IMaxPoolKernels<T> MaxPool => Inner.MaxPool;

    /// <inheritdoc/>
    public override IReluKernels<T> Relu => Inner.Relu;

    /// <inheritdoc/>
    public override IElementwiseKernels<T> Elementwise => Inner.Elementwise;

    /// <inheritdoc/>
    public override IDenseKernels<T> Dense => Inner.Dense;

    /// <inheritdoc/>
    public override IDenseReluKernels<T>? DenseRelu => Inner.DenseRelu;

    /// <inheritdoc/>
    public override IViolationKernels<T> Violations => Inner.Violations;

    /// <inheritdoc/>
    public override IGramKernels<T> Gram => Inner.Gram;

    /// <inheritdoc/>
    public override IOptimizerKernels<T> Optimizers => Inner.Optimizers;

    /// <inheritdoc/>
    public override IMinresQlpKernels<T> MinresQlp => Inner.MinresQlp;

    /// <summary>Who does the work.</summary>
    protected ComputeDevice<T> Inner => inner;

    /// <inheritdoc/>
    public override TFamily? FindFamily<TFamily>()
        where TFamily : class
        => Inner.FindFamily<TFamily>();

    /// <inheritdoc/>
    public override bool HasBranches => Inner.HasBranches;

    /// <inheritdoc/>
    public override void Fork(string branch, Action aside, Action main) => Inner.Fork(branch, aside, main);

    /// <inheritdoc/>
    public override void OnHost(int parts, Action<int> run) => Inner.OnHost(parts, run);

    /// <inheritdoc/>
    public override int ImageBatches => Inner.ImageBatches;

    /// <inheritdoc/>
    public override IImageStream<T> CreateImageStream(Shape images) => Inner.CreateImageStream(images);

    /// <inheritdoc/>
    public override Storage<TElement> Allocate<TElement>(int count) => Inner.Allocate<TElement>(count);

    /// <inheritdoc/>
    public override Snapshot CreateSnapshot() => Inner.CreateSnapshot();

    /// <inheritdoc/>
    public override void Synchronize() => Inner.Synchronize();
}
