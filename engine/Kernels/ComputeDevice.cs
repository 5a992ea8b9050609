using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// A device that computes: one property for each operator family of the engine, and <see cref="Family{TFamily}"/> for
/// all others. A new device implements the families and nothing above this folder changes.
/// </summary>
/// <typeparam name="T">The number type, <c>float</c> or <c>double</c>.</typeparam>
public abstract class ComputeDevice<T> : Device<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<Type, object> _families = [];

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

    /// <summary>Other functions of each element, with their slopes.</summary>
    public abstract IElementwiseKernels<T> Elementwise { get; }

    /// <summary>Affine transformation with its R-op and L-op.</summary>
    public abstract IDenseKernels<T> Dense { get; }

    /// <summary>Affine transformation and ReLU as one operator, or null where the device has none.</summary>
    public virtual IDenseReluKernels<T>? DenseRelu => null;

    /// <summary>Parameter updates of SGD and Adam.</summary>
    public abstract IOptimizerKernels<T> Optimizers { get; }

    /// <summary>Numbers of an active set's constraints.</summary>
    public abstract IViolationKernels<T> Violations { get; }

    /// <summary>Gram matrices of constraint rows.</summary>
    public abstract IGramKernels<T> Gram { get; }

    /// <summary>Vector passes and scalar recurrence of MINRES-QLP.</summary>
    public abstract IMinresQlpKernels<T> MinresQlp { get; }

    /// <summary>
    /// Whether the factors of matrix products are rounded to fewer digits than T has, as for TF32: good enough for gradients,
    /// not for the systems of hard constraints.
    /// </summary>
    public virtual bool RoundsProducts => false;

    /// <summary>
    /// A family of operators beyond the engine's own, by its interface: what <see cref="DeviceFamilies.Register"/> was given,
    /// or what the device itself offers. Made at the first call, the same object from then on.
    /// </summary>
    /// <typeparam name="TFamily">The interface of the family.</typeparam>
    /// <exception cref="NotSupportedException">The device has no such family.</exception>
    public TFamily Family<TFamily>()
        where TFamily : class
        => FindFamily<TFamily>() ?? throw new NotSupportedException(
            $"{Name}: the device has no operators {FamilyName(typeof(TFamily))}; register an implementation for it with DeviceFamilies.Register, or take another device");

    /// <summary>The same, or null where the device has no such family.</summary>
    public virtual TFamily? FindFamily<TFamily>()
        where TFamily : class
    {
        lock (_families)
        {
            if (_families.TryGetValue(typeof(TFamily), out var found)) return (TFamily)found;
            var family = DeviceFamilies.Create<T, TFamily>(this) ?? CreateFamily<TFamily>();
            if (family is not null) _families.Add(typeof(TFamily), family);
            return family;
        }
    }

    /// <summary>
    /// Makes a recording of work that uses the same memory in every run and reads nothing on the host.
    /// </summary>
    /// <param name="name">What profilers call it, such as "minres-qlp.cycle".</param>
    /// <param name="work">Calls of this device's kernels; called when the recording first runs, or in every run.</param>
    public virtual IRecording Record(string name, Action work) => new DirectRecording(work);

    /// <summary>Whether <see cref="Fork"/> runs two pieces of work side by side.</summary>
    public virtual bool HasBranches => false;

    /// <summary>
    /// Does two pieces of work of which neither reads or writes what the other writes, scratch memory included: in order, or, in
    /// a recording on a device that <see cref="HasBranches"/>, side by side. The work areas of kernels are each branch's own.
    /// The bits are the same either way.
    /// </summary>
    /// <param name="branch">What the first piece is called, such as "lop"; a fork within a branch of the same name is in order.</param>
    /// <param name="aside">The first piece.</param>
    /// <param name="main">The second piece, which the work behind this call follows.</param>
    public virtual void Fork(string branch, Action aside, Action main)
    {
        aside();
        main();
    }

    /// <summary>
    /// Gives a name, such as "conv1.rop", to the work until the result is disposed: profilers show it.
    /// </summary>
    public virtual DeviceRange Range(string name) => default;

    /// <summary>What the device was asked to do so far; null where nothing is counted, as nothing is launched there.</summary>
    public virtual DeviceCounters? Counters => null;

    /// <summary>
    /// How many bytes of stored images the device would keep in its own memory now; 0 where host memory is as near.
    /// </summary>
    public virtual long ResidentBytes => 0;

    /// <summary>
    /// Does work on the host in parts that may run side by side, on as many threads as the device has there. Parts must not share
    /// results; how work is cut must not depend on the number of threads.
    /// </summary>
    /// <param name="parts">The number of parts.</param>
    /// <param name="run">Does one part.</param>
    public virtual void OnHost(int parts, Action<int> run) => Parallel.For(0, parts, run);

    /// <summary>
    /// Batches of stored images that an image stream holds on the device: its slots, and where recordings read them in one place that.
    /// </summary>
    public virtual int ImageBatches => IImageStream<T>.Slots;

    /// <summary>Memory for sending image batches [N,H,W,C] to the device.</summary>
    public abstract IImageStream<T> CreateImageStream(Shape images);

    /// <summary>Makes a family that the device offers by itself, or gives null.</summary>
    protected virtual TFamily? CreateFamily<TFamily>()
        where TFamily : class
        => null;

    /// <summary>Disposes of the families; who overrides it calls this before it closes what they need.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_families)
            {
                foreach (var family in _families.Values) (family as IDisposable)?.Dispose();
                _families.Clear();
            }
        }
        base.Dispose(disposing);
    }

    /// <summary>Refuses a device whose products are rounded.</summary>
    /// <param name="work">What needs the products, as the error names it.</param>
    /// <exception cref="NotSupportedException">It rounds them.</exception>
    internal void WantExactProducts(string work)
    {
        if (RoundsProducts) throw new NotSupportedException($"{Name}: {work} needs products in the full precision, the device computes in {Precision}; open it without TF32");
    }

    private static string FamilyName(Type family)
        => family.IsGenericType ? $"{family.Name[..family.Name.IndexOf('`')]}<{string.Join(", ", family.GetGenericArguments().Select(FamilyName))}>" : family.Name;
}
