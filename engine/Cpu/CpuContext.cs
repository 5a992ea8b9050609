using System.Runtime.InteropServices;

namespace PoseEngine.Cpu;

/// <summary>What all kernels of one CPU device share: its threads, its choice of instructions and scratch memory.</summary>
internal sealed unsafe class CpuContext(int threads, bool useSimd) : IDisposable
{
    private double* _scratch;
    private int _scratchCount;

    public WorkerPool Pool { get; } = new(threads);

    /// <summary>False makes every kernel take its scalar path, the reference that tests compare with.</summary>
    public bool UseSimd { get; } = useSimd;

    /// <summary>
    /// Memory for <paramref name="count"/> partial sums, valid until the next kernel asks. It grows and never shrinks,
    /// so a repeated computation allocates nothing.
    /// </summary>
    public double* Scratch(int count)
    {
        if (count > _scratchCount)
        {
            NativeMemory.AlignedFree(_scratch);
            _scratch = (double*)NativeMemory.AlignedAlloc((nuint)count * sizeof(double), 64);
            _scratchCount = count;
        }
        return _scratch;
    }

    /// <summary>Scratch memory seen as numbers of type <typeparamref name="T"/>.</summary>
    public T* Scratch<T>(int count)
        where T : unmanaged
        => (T*)Scratch((int)((((long)count * sizeof(T)) + sizeof(double) - 1) / sizeof(double)));

    public void Dispose()
    {
        Pool.Dispose();
        NativeMemory.AlignedFree(_scratch);
        _scratch = null;
        _scratchCount = 0;
    }
}
