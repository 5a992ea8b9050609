using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// L-op from the winners, a few samples a part: each open window with an adjoint u that is not zero adds u times the patch
/// it saw to uW (<see cref="PatchSums"/>) and u times the weights to the inputs of that patch. The inputs' adjoint is
/// summed with channels last, where a window touches K L whole vectors (2 loads, a multiply-add and a store each), and
/// then put back. A zero adjoint adds nothing even where x or W is infinite or NaN: there such windows leave the list.
/// </summary>
internal readonly unsafe struct PooledConvolutionLop<T, TVector, TLanes>(
    PooledConvolutionGeometry geometry, PatchLayout layout, PooledWeightAdjoint<T> weight, PooledInputAdjoint<T> input, PooledLopOperands<T> operands)
    : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<TVector, T>
{
    private readonly PatchLayout _layout = layout;
    private readonly PatchLayout _padded = PatchLayout.Padded<T>(geometry.Convolution);
    private readonly int _sumsLength = SumsPerPart(layout, geometry.Convolution.OutChannels);
    private readonly int _batch = geometry.Convolution.Batch;
    private readonly int _strips = PatchSums.Rounded(layout.Strips);
    private readonly int _outChannels = geometry.Convolution.OutChannels;
    private readonly int _outputs = geometry.OutHeight * geometry.OutWidth;
    private readonly int _rowsPerBlock = OpenPositions.RowsPerBlock<T>(geometry, layout.RowLength);

    /// <summary>Float64 sums of one part: the strips of each output channel and its bias.</summary>
    public static int SumsPerPart(in PatchLayout layout, int outChannels) => outChannels * SumsPerChannel(layout);

    /// <summary>Rounds the sums of one part into the adjoints of weight and bias.</summary>
    public static void Finish(in ConvolutionGeometry convolution, in PatchLayout layout, int* lanes, double* sums, T* uWeight, T* uBias)
    {
        var taps = PackedKernel.Taps(convolution);
        var length = SumsPerChannel(layout);
        for (var o = 0; o < convolution.OutChannels; o++, sums += length, uWeight += taps)
        {
            for (var tap = 0; tap < taps; tap++) uWeight[tap] = T.CreateTruncating(sums[lanes[tap]]);
            uBias[o] = T.CreateTruncating(sums[length - 1]);
        }
    }

    public void Run(int part)
    {
        if (weight.Rows != null)
        {
            Rows(part);
            return;
        }
        var sums = weight.Sums + ((long)part * _sumsLength);
        new Span<double>(sums, _sumsLength).Clear();
        var end = Math.Min((part + 1) * weight.Count, _batch);
        for (var n = part * weight.Count; n < end; n++) Sample(n, 1, sums);
    }

    /// <summary>One sample with each adjoint of a stack: a row of uW each.</summary>
    private void Rows(int n)
    {
        var sums = weight.ThreadSums.Here;
        new Span<double>(sums, weight.Count * _sumsLength).Clear();
        Sample(n, weight.Count, sums);
        var parameters = geometry.Convolution.Weight.Count;
        for (var j = 0; j < weight.Count; j++)
        {
            var row = weight.Rows + ((((long)j * _batch) + n) * (parameters + _outChannels));
            Finish(geometry.Convolution, _layout, weight.Lanes, sums + ((long)j * _sumsLength), row, row + parameters);
        }
    }

    private static int SumsPerChannel(in PatchLayout layout) => (PatchSums.Rounded(layout.Strips) * TLanes.Count) + 1;

    /// <summary>
    /// Sample n with a stack of adjoints, which share the list of open windows and, block by block, the inputs in the cache.
    /// </summary>
    private void Sample(int n, int stack, double* sums)
    {
        var x = weight.Input.Read(_layout, n);
        var keepsZeros = input.IsFinite && weight.Input.IsFinite(_layout, x);
        var ux = input.Ux == null ? null : input.Scratch.Here;
        if (ux != null) new Span<T>(ux, stack * _padded.SampleLength).Clear();
        var list = OpenPositions.In(operands.Lists.Here, geometry);
        for (var row = 0; row < geometry.OutHeight; row += _rowsPerBlock)
        {
            var rows = Math.Min(_rowsPerBlock, geometry.OutHeight - row);
            for (var o = 0; o < _outChannels; o++)
            {
                var winners = operands.Winners + ((((long)n * _outChannels) + o) * _outputs);
                var count = list.Collect(geometry, winners, operands.Distances, row, rows);
                for (var j = 0; j < stack; j++)
                {
                    var u = operands.U + (((((long)j * _batch) + n) * _outChannels) + o) * _outputs;
                    AddChannel(TakeValues(list, count, u, keepsZeros), o, x, sums + ((long)j * _sumsLength), ux + ((long)j * _padded.SampleLength));
                }
            }
        }
        if (ux == null) return;
        for (var j = 0; j < stack; j++)
        {
            _padded.Restore(
                ux + ((long)j * _padded.SampleLength), input.Ux + ((((long)j * _batch) + n) * _layout.Inputs));
        }
    }

    private void AddChannel(Adjoints list, int o, T* x, double* sums, T* ux)
    {
        AddToWeight(list, x, sums + ((long)o * SumsPerChannel(_layout)));
        if (input.Ux != null) AddToInput(list, o, ux);
    }

    /// <summary>The adjoints of the listed windows; unless they are kept, those that are zero leave the list.</summary>
    private Adjoints TakeValues(OpenPositions list, int count, T* u, bool keepsZeros)
    {
        int* outputs = list.Outputs, corners = list.Corners, keptCorners = list.KeptCorners;
        var values = operands.Values.Here;
        if (keepsZeros)
        {
            for (var i = 0; i < count; i++) values[i] = u[outputs[i]];
            return new Adjoints((nint)values, (nint)corners, count);
        }
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var value = u[outputs[i]];
            values[kept] = value;
            keptCorners[kept] = corners[i];
            kept += value == T.Zero ? 0 : 1;
        }
        return new Adjoints((nint)values, (nint)keptCorners, kept);
    }

    private void AddToWeight(Adjoints list, T* x, double* target)
    {
        for (var first = 0; first < list.Count; first += PatchSums.RunLength)
        {
            var length = Math.Min(PatchSums.RunLength, list.Count - first);
            PatchSums.Add<T, TVector, TLanes>(x, operands.Strips, _strips, list.Values + first, list.Corners + first, _layout.Spacing, length, target);
        }
    }

    private void AddToInput(Adjoints list, int o, T* ux)
    {
        var kernel = input.Packed + ((long)o * _padded.Strips * Vector<T>.Count);
        nint spacing = _padded.Spacing;
        for (var i = 0; i < list.Count; i++)
        {
            AddPatch(kernel, new Vector<T>(list.Values[i]), ux + (list.Corners[i] * spacing));
        }
    }

    private void AddPatch(T* kernel, Vector<T> value, T* corner)
    {
        for (nint* strip = input.Strips, end = strip + _padded.Strips; strip < end; strip++)
        {
            var target = corner + *strip;
            Simd.MultiplyAdd(value, Vector.Load(kernel), Vector.Load(target)).Store(target);
            kernel += Vector<T>.Count;
        }
    }

    /// <summary>The corners of patches with the adjoint of each.</summary>
    private readonly record struct Adjoints(nint ValuesAddress, nint CornersAddress, int Count)
    {
        public T* Values => (T*)ValuesAddress;

        public int* Corners => (int*)CornersAddress;
    }
}

/// <summary>
/// Where uW comes from and goes to: sums of parts of <paramref name="Count"/> samples, or, where there are
/// <see cref="Rows"/>, a row for each sample and each of <paramref name="Count"/> adjoints.
/// </summary>
internal readonly unsafe record struct PooledWeightAdjoint<T>(
    SampleReader<T> Input, int Count, nint LanesAddress, nint SumsAddress, nint RowsAddress, ThreadScratch<double> ThreadSums)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The lane of each tap of a channel.</summary>
    public int* Lanes => (int*)LanesAddress;

    public double* Sums => (double*)SumsAddress;

    public T* Rows => (T*)RowsAddress;
}

/// <summary>Where ux goes, or null, with the weights packed with channels last, and whether all of them are finite.</summary>
internal readonly unsafe record struct PooledInputAdjoint<T>(nint UxAddress, nint PackedAddress, nint StripsAddress, ThreadScratch<T> Scratch, bool IsFinite)
    where T : unmanaged
{
    public T* Ux => (T*)UxAddress;

    public T* Packed => (T*)PackedAddress;

    public nint* Strips => (nint*)StripsAddress;
}

/// <summary>What both share.</summary>
internal readonly unsafe record struct PooledLopOperands<T>(
    nint StripsAddress, nint WinnersAddress, nint DistancesAddress, nint UAddress, ThreadScratch<int> Lists, ThreadScratch<T> Values)
    where T : unmanaged
{
    public nint* Strips => (nint*)StripsAddress;

    public byte* Winners => (byte*)WinnersAddress;

    public int* Distances => (int*)DistancesAddress;

    public T* U => (T*)UAddress;
}
