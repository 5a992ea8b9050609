using System.Globalization;
using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IProjectionKernels{T}"/> on CUDA: the rows' tapes inside <c>kernels/projection.cuh</c>, a warp a sample.</summary>
internal sealed class ProjectionKernels<T>(CudaContext context) : IProjectionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <exception cref="NotSupportedException">A tape is too long for a kernel, or a sample's matrices are too large.</exception>
    public ICompiledProjection<T> Compile(ProjectionProgram program) => new CudaProjection<T>(context, program);
}

/// <summary>
/// A projection on CUDA: one launch for the nearest points, one for a product. A sample's matrices lie in the shared memory of
/// its block where they fit (48 KB, as for 50 outputs and 24 rows), else in the device's memory. Compiled when it first runs,
/// as all kernels are.
/// </summary>
internal sealed class CudaProjection<T> : ICompiledProjection<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Matrices of one sample at the most: for what is larger a warp would take seconds.</summary>
    private const long MostStateBytes = 16 << 20;

    /// <summary>Device memory of all blocks that run side by side, where matrices do not fit into shared memory.</summary>
    private const long MostScratchBytes = 256 << 20;

    private readonly CudaContext _context;
    private readonly Lazy<CudaModule> _module;
    private readonly long _stateBytes;
    private readonly bool _isInShared;

    public CudaProjection(CudaContext context, ProjectionProgram program)
    {
        var printer = new ProjectionPrinter(program);
        (_context, _stateBytes, _isInShared) = (context, printer.StateBytes, printer.IsInShared);
        if (_stateBytes > MostStateBytes)
        {
            throw new NotSupportedException(string.Create(
                CultureInfo.InvariantCulture,
                $"cuda: a projection onto {program.IsAtMost.Count} rows of {printer.Variables} outputs takes {_stateBytes >> 20} MiB a sample, at most {MostStateBytes >> 20} are possible; project onto fewer rows or outputs, or take the device cpu"));
        }
        var text = printer.Print();
        _module = new(() => context.Compiler.LoadUnfused<T>("projection.cu", text));
    }

    public void Project(Tensor<T> target, Tensor<T> columns, in ProjectedSamples samples, Tensor<T> y)
    {
        var arguments = new KernelArguments();
        arguments.Add(target);
        arguments.Add(columns);
        arguments.Add(samples.Columns);
        arguments.Add(samples.Points);
        arguments.Add(samples.Multipliers);
        arguments.Add(samples.Exits);
        arguments.Add(samples.Rounds);
        arguments.Add(y);
        Launch("projection_nearest", samples.Count, arguments);
    }

    public void Product(in ProjectedSamples samples, Tensor<T> v, Tensor<T> result)
    {
        var arguments = new KernelArguments();
        arguments.Add(samples.Columns);
        arguments.Add(samples.Points);
        arguments.Add(samples.Multipliers);
        arguments.Add(samples.Exits);
        arguments.Add(v);
        arguments.Add(result);
        Launch("projection_product", samples.Count, arguments);
    }

    private void Launch(string kernel, int samples, KernelArguments arguments)
    {
        var blocks = _isInShared ? samples : (int)Math.Min(samples, MostScratchBytes / _stateBytes);
        arguments.Add(_isInShared ? 0 : _context.Scratch("projection", blocks * _stateBytes));
        arguments.Add(samples);
        _module.Value[kernel].Launch(new LaunchShape(blocks, 1, 1, ProjectionPrinter.Threads), arguments);
    }
}
