using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>A kernel that is ready to launch.</summary>
internal sealed unsafe class CudaKernel(CudaContext context, nint function, string name)
{
    /// <summary>Puts a launch on the device's stream.</summary>
    /// <exception cref="CudaException">The driver refuses; the message names kernel and shape.</exception>
    public void Launch(in LaunchShape shape, scoped in KernelArguments arguments)
    {
        if (shape.IsEmpty) return;
        context.MakeCurrent();
        var pointers = stackalloc void*[KernelArguments.Capacity];
        arguments.FillPointers(pointers);
        var result = Driver.cuLaunchKernel(
            function, (uint)shape.GridX, (uint)shape.GridY, (uint)shape.GridZ, (uint)shape.BlockX, 1, 1, 0,
            context.Stream, pointers, null);
        if (result != 0) throw CudaException.OfDriver(result, $"the launch of {name} with {shape}");
    }
}

/// <summary>Blocks of a grid in three directions, and threads of a block.</summary>
internal readonly record struct LaunchShape(int GridX, int GridY, int GridZ, int BlockX)
{
    /// <summary>Most blocks in the second and third direction of a grid.</summary>
    public const int MostRows = 65_535;

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => GridX == 0 || GridY == 0 || GridZ == 0;

    /// <summary>A thread for each of <paramref name="count"/> elements.</summary>
    public static LaunchShape Linear(int count, int block) => new((int)(((long)count + block - 1) / block), 1, 1, block);

    /// <summary>Blocks for the sums of columns, as <c>kernels/column_sums.cuh</c> cuts them: 32 columns, 8 threads each.</summary>
    public static LaunchShape ColumnSums(int columns) => new((columns + 31) / 32, 1, 1, 256);
}

/// <summary>The arguments of one launch, by value; nothing is allocated.</summary>
internal ref struct KernelArguments
{
    /// <summary>Most arguments of a kernel.</summary>
    public const int Capacity = 24;

    private Slots _slots;
    private int _count;

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
