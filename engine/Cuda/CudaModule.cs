using System.Collections.Concurrent;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>The kernels of one source text, compiled with one set of constants; it lives as long as its device.</summary>
public sealed class CudaModule
{
    private readonly CudaContext _context;
    private readonly nint _handle;
    private readonly ConcurrentDictionary<string, CudaKernel> _kernels = new();

    internal CudaModule(CudaContext context, nint handle) => (_context, _handle) = (context, handle);

    /// <summary>The kernel of that name, which the text declares as <c>extern "C" __global__</c>.</summary>
    /// <exception cref="CudaException">The module has none.</exception>
    /// <exception cref="NotSupportedException">It needs more shared memory than the device has.</exception>
    public CudaKernel this[string name] => _kernels.TryGetValue(name, out var kernel) ? kernel : _kernels[name] = Find(name);

    /// <summary>Gives the code back.</summary>
    internal void Unload() => _ = Driver.cuModuleUnload(_handle);

    private CudaKernel Find(string name)
    {
        _context.MakeCurrent();
        Driver.Check(Driver.cuModuleGetFunction(out var function, _handle, name), $"cuModuleGetFunction({name})");
        Driver.Check(Driver.cuFuncGetAttribute(out var shared, FunctionAttribute.StaticShared, function), $"cuFuncGetAttribute({name})");
        if (shared > _context.SharedPerBlock) throw KernelFailure.OfSharedMemory(name, shared, _context.SharedPerBlock, _context.Info);
        return new CudaKernel(_context, function, name);
    }
}
