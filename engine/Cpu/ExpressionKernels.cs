using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// <see cref="IExpressionKernels{T}"/> on the CPU: an interpreter that does each step for a block of samples at once, so that
/// the cost of finding out what to do is shared by them.
/// </summary>
internal sealed class ExpressionKernels<T>(CpuContext context) : IExpressionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public ICompiledProgram<T> Compile(SampleProgram program) => new ExpressionInterpreter<T>(context, program);
}

/// <summary>A program on the CPU.</summary>
internal sealed unsafe class ExpressionInterpreter<T> : ICompiledProgram<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Samples of one part. A few hundred samples are a matter of microseconds, less than waking a thread takes.</summary>
    private const int SamplesPerPart = 1024;

    private readonly CpuContext _context;
    private readonly SampleProgram _program;
    private readonly ExpressionPlan _plan;
    private readonly BlockTransfer<T>[] _loads;
    private readonly BlockTransfer<T>[] _stores;
    private readonly SlotConstant<T>[] _constants;

    public ExpressionInterpreter(CpuContext context, SampleProgram program)
    {
        (_context, _program, _plan) = (context, program, new ExpressionPlan(program));
        _loads = Array.ConvertAll(_plan.Loads, load => new BlockTransfer<T>(load, program.Inputs[load.Array].Width));
        _stores = Array.ConvertAll(_plan.Stores, store => new BlockTransfer<T>(store, program.Outputs[store.Array].Width));
        _constants = Array.ConvertAll(_plan.Constants, constant => new SlotConstant<T>(constant.Slot, T.CreateTruncating(constant.Number)));
    }

    public void Run(ReadOnlySpan<Tensor<T>> inputs, ReadOnlySpan<Tensor<T>> outputs, int stack)
    {
        var samples = _program.CountSamples(inputs, outputs, stack);
        for (var j = 0; j < stack; j++) Run(inputs, outputs, j * samples, samples);
    }

    /// <summary>Samples of the outputs and the last input from one on, all of the other inputs.</summary>
    private void Run(ReadOnlySpan<Tensor<T>> inputs, ReadOnlySpan<Tensor<T>> outputs, int first, int samples)
    {
        for (var i = 0; i < _loads.Length; i++)
        {
            var array = _plan.Loads[i].Array;
            var skipped = array == inputs.Length - 1 ? (long)first * _program.Inputs[array].Width : 0;
            _loads[i].Address = inputs[array].Pointer() + skipped + _plan.Loads[i].Element;
        }
        for (var i = 0; i < _stores.Length; i++)
        {
            var array = _plan.Stores[i].Array;
            _stores[i].Address = outputs[array].Pointer() + ((long)first * _program.Outputs[array].Width) + _plan.Stores[i].Element;
        }
        var slots = _context.ThreadScratch<T>(ScratchArea.ExpressionSlots, (long)_plan.SlotCount * ExpressionBlock<T>.Samples);
        fixed (ExpressionRun* runs = _plan.Runs)
        fixed (ExpressionStep* steps = _plan.Steps)
        fixed (BlockTransfer<T>* loads = _loads, stores = _stores)
        fixed (SlotConstant<T>* constants = _constants)
        {
            var work = new Work(
                new(runs, _plan.Runs.Length), new(steps, _plan.Steps.Length), new(loads, _loads.Length), new(stores, _stores.Length),
                new(constants, _constants.Length), slots, samples, _context.UseSimd);
            _context.Pool.Run(work, (samples + SamplesPerPart - 1) / SamplesPerPart);
        }
    }

    private readonly record struct Pieces<TItem>(nint First, int Count)
        where TItem : unmanaged
    {
        public Pieces(TItem* first, int count)
            : this((nint)first, count)
        {
        }

        public ReadOnlySpan<TItem> All => new((TItem*)First, Count);
    }

    private readonly struct Work(
        Pieces<ExpressionRun> runs, Pieces<ExpressionStep> steps, Pieces<BlockTransfer<T>> loads, Pieces<BlockTransfer<T>> stores,
        Pieces<SlotConstant<T>> constants, ThreadScratch<T> scratch, int samples, bool useSimd) : IParts
    {
        public void Run(int part)
        {
            var slots = scratch.Here;
            foreach (var (slot, number) in constants.All) new Span<T>(slots + (slot * ExpressionBlock<T>.Samples), ExpressionBlock<T>.Samples).Fill(number);
            var end = Math.Min((part + 1) * SamplesPerPart, samples);
            for (var first = part * SamplesPerPart; first < end; first += ExpressionBlock<T>.Samples)
            {
                var count = Math.Min(ExpressionBlock<T>.Samples, end - first);
                foreach (ref readonly var load in loads.All) load.Load(first, count, slots, useSimd);
                foreach (var run in runs.All) ExpressionBlock<T>.Run(run.Operation, steps.All.Slice(run.First, run.Count), slots, count, useSimd);
                foreach (ref readonly var store in stores.All) store.Store(first, count, slots, useSimd);
            }
        }
    }
}

/// <summary>A slot that holds one number.</summary>
internal readonly record struct SlotConstant<T>(int Slot, T Number);

/// <summary>The way of a block of samples from the rows of a tensor into slots, or back.</summary>
internal unsafe struct BlockTransfer<T>(ExpressionTransfer transfer, int width)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Where the element of the first sample is.</summary>
    public T* Address;

    public readonly void Load(int first, int count, T* slots, bool useSimd)
        => SampleTranspose.Run(Row(first), width, Slots(slots), ExpressionBlock<T>.Samples, count, transfer.Count, useSimd);

    public readonly void Store(int first, int count, T* slots, bool useSimd)
        => SampleTranspose.Run(Slots(slots), ExpressionBlock<T>.Samples, Row(first), width, transfer.Count, count, useSimd);

    private readonly T* Row(int sample) => Address + ((long)sample * width);

    private readonly T* Slots(T* slots) => slots + (transfer.Slot * ExpressionBlock<T>.Samples);
}
