using System.Collections.Concurrent;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>The kernels of one source file, compiled with one set of constants.</summary>
internal sealed class CudaModule(CudaContext context, nint handle)
{
    private readonly ConcurrentDictionary<string, CudaKernel> _kernels = new();

    /// <summary>The kernel of that name.</summary>
    /// <exception cref="CudaException">The module has none.</exception>
    public CudaKernel this[string name] => _kernels.TryGetValue(name, out var kernel) ? kernel : _kernels[name] = Find(name);

    /// <summary>Gives the code back.</summary>
    public void Unload() => Driver.Check(Driver.cuModuleUnload(handle));

    private CudaKernel Find(string name)
    {
        context.MakeCurrent();
        Driver.Check(Driver.cuModuleGetFunction(out var function, handle, name), $"cuModuleGetFunction({name})");
        return new CudaKernel(context, function, name);
    }
}
