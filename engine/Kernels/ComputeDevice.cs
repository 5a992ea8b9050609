using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// A device that computes: one property for each operator family. A new device implements the families and nothing
/// above this folder changes.
/// </summary>
/// <typeparam name="T">The number type, <c>float</c> or <c>double</c>.</typeparam>
public abstract class ComputeDevice<T> : Device<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Vector arithmetic: axpy, dot, norm, copies.</summary>
    public abstract IVectorKernels<T> Vectors { get; }

    /// <summary>Conversion of stored images to network inputs.</summary>
    public abstract IImageKernels<T> Images { get; }

    /// <summary>Convolution with its R-op and L-op.</summary>
    public abstract IConvolutionKernels<T> Convolution { get; }

    /// <summary>Max-pooling with its R-op and L-op.</summary>
    public abstract IMaxPoolKernels<T> MaxPool { get; }

    /// <summary>Convolution, max-pooling and ReLU as one operator, or null where the device has none.</summary>
    public virtual IPooledConvolutionKernels<T>? PooledConvolution => null;

    /// <summary>ReLU with its R-op and L-op.</summary>
    public abstract IReluKernels<T> Relu { get; }

    /// <summary>Affine transformation with its R-op and L-op.</summary>
    public abstract IDenseKernels<T> Dense { get; }

    /// <summary>The constraints of Eq. 15 on network outputs.</summary>
    public abstract ILimbSymmetryKernels<T> LimbSymmetry { get; }

    /// <summary>The constraints of Eq. 16 on the parameters themselves.</summary>
    public abstract IHypersphereKernels<T> Hyperspheres { get; }

    /// <summary>Parameter updates of SGD and Adam.</summary>
    public abstract IOptimizerKernels<T> Optimizers { get; }

    /// <summary>Gram matrices of constraint rows.</summary>
    public abstract IGramKernels<T> Gram { get; }

    /// <summary>Vector passes and scalar recurrence of MINRES-QLP.</summary>
    public abstract IMinresQlpKernels<T> MinresQlp { get; }

    /// <summary>
    /// Makes a recording of work that uses the same memory in every run and reads nothing on the host.
    /// </summary>
    /// <param name="name">What profilers call it, such as "minres-qlp.cycle".</param>
    /// <param name="work">Calls of this device's kernels; called when the recording first runs, or in every run.</param>
    public virtual IRecording Record(string name, Action work) => new DirectRecording(work);

    /// <summary>
    /// Gives a name, such as "conv1.rop", to the work until the result is disposed: profilers show it.
    /// </summary>
    public virtual DeviceRange Range(string name) => default;

    /// <summary>
    /// How many bytes of stored images the device would keep in its own memory now; 0 where host memory is as near.
    /// </summary>
    public virtual long ResidentBytes => 0;

    /// <summary>Memory for sending image batches [N,H,W,C] to the device.</summary>
    public abstract IImageStream<T> CreateImageStream(Shape images);
}
