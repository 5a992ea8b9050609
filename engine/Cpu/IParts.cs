namespace PoseEngine.Cpu;

/// <summary>
/// Work that is cut into parts, for <see cref="CpuDevice{T}.Run"/>: an unmanaged struct that holds plain pointers and
/// numbers. Parts may run on any thread in any order and must not share results. How work is cut must depend on sizes
/// alone, never on the number of threads; then results do not depend on it either.
/// </summary>
public interface IParts
{
    /// <summary>Does one part.</summary>
    void Run(int part);
}
