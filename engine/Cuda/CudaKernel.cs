using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Cuda.Native;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>A kernel that is ready to launch.</summary>
public sealed unsafe class CudaKernel
{
    private readonly CudaContext _context;
    private readonly nint _function;
    private readonly string _name;

    internal CudaKernel(CudaContext context, nint function, string name)
        => (_context, _function, _name) = (context, function, name);

    /// <summary>
    /// Puts a launch on the device's stream, behind all work given to the device before; in a recording it becomes a part of
    /// that. An empty shape launches nothing.
    /// </summary>
    /// <exception cref="CudaException">The driver refuses; the message names kernel and shape.</exception>
    public void Launch(in LaunchShape shape, scoped in KernelArguments arguments)
    {
        if (shape.IsEmpty) return;
        _context.MakeCurrent();
        var pointers = stackalloc void*[KernelArguments.Capacity];
        arguments.FillPointers(pointers);
        var result = Driver.cuLaunchKernel(
            _function, (uint)shape.GridX, (uint)shape.GridY, (uint)shape.GridZ, (uint)shape.BlockX, 1, 1, 0,
            _context.Stream, pointers, null);
        if (result != 0) throw CudaException.OfDriver(result, $"the launch of {_name} with {shape}");
        if (!_context.IsCapturing) _context.Launches.Add(_name);
        _context.Counter.Launch();
    }
}

/// <summary>Blocks of a grid in three directions, and threads of a block.</summary>
/// <param name="GridX">Blocks in the first direction.</param>
/// <param name="GridY">Blocks in the second direction, at most <see cref="MostRows"/>.</param>
/// <param name="GridZ">Blocks in the third direction, at most <see cref="MostRows"/>.</param>
/// <param name="BlockX">Threads of a block.</param>
public readonly record struct LaunchShape(int GridX, int GridY, int GridZ, int BlockX)
{
    /// <summary>Most blocks in the second and third direction of a grid.</summary>
    public const int MostRows = 65_535;

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => GridX == 0 || GridY == 0 || GridZ == 0;

    /// <summary>A thread for each of <paramref name="count"/> elements.</summary>
    public static LaunchShape Linear(int count, int block) => new((int)(((long)count + block - 1) / block), 1, 1, block);

    /// <summary>Blocks for the sums of columns, as <c>kernels/column_sums.cuh</c> cuts them: 32 columns, 8 threads each.</summary>
    internal static LaunchShape ColumnSums(int columns) => new((int)((columns + 31L) / 32), 1, 1, 256);
}

/// <summary>The arguments of one launch in the order of the kernel's parameters, by value; nothing is allocated.</summary>
public ref struct KernelArguments
{
    /// <summary>Most arguments of a kernel.</summary>
    public const int Capacity = 24;

    private Slots _slots;
    private int _count;

    /// <summary>A tensor, which the kernel sees as a pointer to its first element; the absent tensor is a null pointer.</summary>
    /// <exception cref="ArgumentException">The tensor lives on another device.</exception>
    public void Add<TElement>(Tensor<TElement> tensor)
        where TElement : unmanaged
        => Add(tensor.DevicePointerOrNull());

    /// <summary>A device address.</summary>
    public void Add(ulong pointer) => _slots[_count++] = pointer;

    /// <summary>A C int.</summary>
    public void Add(int value) => _slots[_count++] = (uint)value;

    /// <summary>A C double, whatever <c>real</c> is.</summary>
    public void Add(double value) => _slots[_count++] = BitConverter.DoubleToUInt64Bits(value);

    /// <summary>A number of the kernel's type <c>real</c>.</summary>
    public void AddReal<T>(T value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float)) _slots[_count++] = BitConverter.SingleToUInt32Bits(Unsafe.BitCast<T, float>(value));
        else Add(double.CreateTruncating(value));
    }

    internal readonly unsafe void FillPointers(void** pointers)
    {
        // The struct lives on the stack of the caller for as long as the launch takes.
        ref readonly var first = ref _slots[0];
        var slot = (ulong*)Unsafe.AsPointer(ref Unsafe.AsRef(in first));
        for (var i = 0; i < _count; i++) pointers[i] = slot + i;
    }

    [InlineArray(Capacity)]
    private struct Slots
    {
        private ulong _first;
    }
}
