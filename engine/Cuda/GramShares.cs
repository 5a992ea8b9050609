using System.Numerics;
using System.Runtime.InteropServices;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// <see cref="IGramShares{T}"/> on CUDA, see <c>kernels/gram.cu</c>: a table of all shares lies on the device, so that each sum
/// and each product is one launch and a matrix product for each affine layer.
/// </summary>
internal sealed unsafe class GramShares<T>(CudaContext context, ComputeDevice<T> device) : IGramShares<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows and columns of a tile of S.</summary>
    private const int Side = 32;

    private const int ColumnsOfABlock = 32;

    private readonly Workspace<T> _memory = new(device);

    /// <summary>The tensors behind the addresses in the table, which must not be given back.</summary>
    private IReadOnlyList<GramShare<T>> _shares = [];
    private Share[] _host = [];
    private Share[] _sent = [];
    private int _count;
    private bool _hasAffine;
    private Tensor<byte> _table;
    private Tensor<T> _outputs;
    private CudaModule? _module;
    private int _rows;
    private int _samples;

    public bool SumsAtOnce => true;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("gram.cu");

    private ReadOnlySpan<Share> Shares => _host.AsSpan(0, _count);

    private int Widest
    {
        get
        {
            var widest = 0;
            foreach (var share in Shares) widest = Math.Max(widest, share.Outputs);
            return widest;
        }
    }

    public void Set(IReadOnlyList<GramShare<T>> shares, int rows, int samples)
    {
        (_shares, _rows, _samples, _count) = (shares, rows, samples, shares.Count);
        if (_host.Length < _count) (_host, _sent) = (new Share[_count], new Share[_count]);
        Place();
        if (!_table.IsAbsent && Shares.SequenceEqual(_sent.AsSpan(0, _count))) return;
        Send();
    }

    public void AddTo(Tensor<double> s, bool isExact)
    {
        Guard.Equal(s.Count, (long)_rows * _rows, "the Gram matrix");
        if (_count == 0) return;
        var products = _hasAffine ? InputProducts(isExact) : 0;
        var sum = new KernelArguments();
        sum.Add(_table);
        sum.Add(_count);
        sum.Add(products);
        sum.Add(s);
        sum.Add(_rows);
        sum.Add(_samples);
        var tiles = Tiles(_rows);
        Module[isExact ? "gram_sum_exact" : "gram_sum"].Launch(new LaunchShape(tiles, tiles, 1, ElementLaunch.Threads), sum);
    }

    public void Rop(Tensor<T> v, Tensor<T> result)
    {
        Guard.Equal(result.Count, _rows, "the constraint rows");
        foreach (var share in Shares)
        {
            if (share.Input != 0) Affine(share, MatrixOperation.Transpose, v.DevicePointer());
        }
        var arguments = new KernelArguments();
        arguments.Add(_table);
        arguments.Add(_count);
        arguments.Add(v);
        arguments.Add(result);
        arguments.Add(_rows);
        arguments.Add(_samples);
        Module["gram_row_dots"].Launch(ElementLaunch.Warps(_rows), arguments);
    }

    public void Lop(Tensor<T> u, Tensor<T> result)
    {
        Guard.Equal(u.Count, _rows, "the constraint rows");
        if (_count == 0) return;
        var arguments = new KernelArguments();
        arguments.Add(_table);
        arguments.Add(u);
        arguments.Add(result);
        arguments.Add(_rows);
        arguments.Add(_samples);
        Module["gram_combine"].Launch(
            new LaunchShape((Widest + ColumnsOfABlock - 1) / ColumnsOfABlock, 1, _count, ElementLaunch.Threads), arguments);
        foreach (var share in Shares)
        {
            if (share.Input != 0) Affine(share, MatrixOperation.None, result.DevicePointer());
        }
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>1 + x_k . x_l of each affine layer; formed rows need none.</summary>
    private ulong InputProducts(bool isExact)
    {
        var products = context.Scratch("gram input products", (long)_count * _samples * _samples * sizeof(double));
        var arguments = new KernelArguments();
        arguments.Add(_table);
        arguments.Add(products);
        arguments.Add(_samples);
        var tiles = Tiles(_samples);
        Module[isExact ? "gram_inputs_exact" : "gram_inputs"].Launch(new LaunchShape(tiles, tiles, _count, ElementLaunch.Threads), arguments);
        return products;
    }

    private static int Tiles(int count) => (count + Side - 1) / Side;

    /// <summary>y = x V^T with the weight's part V of a direction, or W = y^T x of an adjoint; column-major both are transposed.</summary>
    private void Affine(in Share share, MatrixOperation weight, ulong vector)
    {
        var part = vector + ((ulong)share.Offset * (ulong)sizeof(T));
        var (o, i) = (share.Outputs, share.Inputs);
        if (weight == MatrixOperation.Transpose)
        {
            MatrixProduct.Multiply<T>(context, weight, MatrixOperation.None, o, _samples, i, part, i, share.Input, i, 0, share.Output, o);
        }
        else
        {
            MatrixProduct.Multiply<T>(context, weight, MatrixOperation.Transpose, i, o, _samples, share.Input, i, share.Output, o, 0, part, i);
        }
    }

    /// <summary>The shares as kernels read them, with room for the affine layers' outputs side by side.</summary>
    private void Place()
    {
        var outputs = 0;
        for (var i = 0; i < _count; i++)
        {
            IGramShares<T>.Check(_shares[i], _rows, _samples);
            if (!_shares[i].IsFormed) outputs = checked(outputs + (_samples * (_shares[i].Rows.Count / _rows)));
        }
        _hasAffine = outputs > 0;
        if (_hasAffine && (_outputs.IsAbsent || _outputs.Count < outputs)) _outputs = _memory.Zeros(outputs);
        var next = _hasAffine ? _outputs.DevicePointer() : 0;
        for (var i = 0; i < _count; i++)
        {
            var share = _shares[i];
            var length = share.Rows.Count / _rows;
            _host[i] = new Share
            {
                Rows = share.Rows.DevicePointer(),
                Input = share.Input.DevicePointerOrNull(),
                Output = share.IsFormed ? 0 : next,
                Outputs = length,
                Inputs = share.IsFormed ? 0 : share.Input.Count / _samples,
                Offset = share.Offset,
            };
            if (!share.IsFormed) next += (ulong)(_samples * length * sizeof(T));
        }
    }

    private void Send()
    {
        if (context.IsCapturing) throw new InvalidOperationException("cuda: the shares of a Gram matrix have changed since their recording ran first; record them anew");
        var bytes = MemoryMarshal.AsBytes(Shares);
        if (_table.IsAbsent || _table.Count < bytes.Length) _table = _memory.Zeros<byte>(new Shape(Math.Max(bytes.Length, 1)));
        _table.Slice(0, bytes.Length).CopyFrom(bytes);
        Shares.CopyTo(_sent);
    }

    /// <summary>Share of kernels/gram.cu.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private record struct Share
    {
        public ulong Rows;
        public ulong Input;
        public ulong Output;
        public int Outputs;
        public int Inputs;
        public long Offset;
    }
}
