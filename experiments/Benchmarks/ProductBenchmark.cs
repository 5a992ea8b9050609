namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Measures products of matrices as layers call them: the three of a dense layer [1024,1024] at 16, 128 and 768 rows, beside OpenBLAS
/// where it is installed, and those of S = A A^T for 128 samples of 6 constraints. The middle one of 768 rows, u W, is the rows' adjoint there.</summary>
internal sealed class ProductBenchmark<T>(ComputeDevice<T> device, MedianClock clock, OpenBlas? peer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Width = 1024, ConvolutionParameters = 1608, Samples = 128, ConstraintRows = 768;

    private readonly RandomGenerator _numbers = new(5, 1);

    /// <summary>Rows at which a dense layer is measured.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [16, Samples, ConstraintRows];

    public IEnumerable<ProductTimes> Run() => Rows.SelectMany(Dense).Concat(Gram());

    /// <summary>x W^T and the bias, u W, and u^T x and the sums of u.</summary>
    private IEnumerable<ProductTimes> Dense(int rows)
    {
        var (left, right, small, large) = (Random(rows * Width), Random(Width * Width), new T[rows * Width], new T[Width * Width]);
        var (x, weight, bias) = (device.From(left, new Shape(rows, Width)), device.From(right, new Shape(Width, Width)), device.Zeros(Width));
        var (y, adjoint) = (device.Zeros(x.Shape), device.Zeros(weight.Shape));
        var work = new Work(2.0 * rows * Width * Width);
        var size = $"{rows} x {Width} x {Width}";
        yield return Time("x W^T", size, work, () => device.Dense.Forward(x, weight, bias, y), blas => blas.Multiply<T>(rows, Width, Width, left, false, right, true, small));
        yield return Time("u W", size, work, () => device.Dense.LopInput(weight, x, y), blas => blas.Multiply<T>(rows, Width, Width, left, false, right, false, small));
        yield return Time("u^T x", size, work, () => device.Dense.Lop(x, weight, x, default, adjoint, bias), blas => blas.Multiply<T>(Width, Width, rows, left, true, left, false, large));
    }

    /// <summary>One triangle each: D D^T of a dense layer with x x^T of its inputs, and the rows of a convolution; these again summed in
    /// float64, as they are where S is not well conditioned.</summary>
    private IEnumerable<ProductTimes> Gram()
    {
        var s = device.Zeros<double>(new Shape(ConstraintRows, ConstraintRows));
        var (adjoints, inputs) = (Matrix(ConstraintRows, Width), Matrix(Samples, Width));
        var rows = Matrix(ConstraintRows, ConvolutionParameters);
        yield return Time("D D^T, x x^T", $"{ConstraintRows} x {Width}", new Work(Triangle(ConstraintRows, Width) + Triangle(Samples, Width)), () => device.Gram.AddDense(adjoints, inputs, s, isExact: false));
        var (size, triangle) = ($"{ConstraintRows} x {ConvolutionParameters}", Triangle(ConstraintRows, ConvolutionParameters));
        yield return Time("A A^T", size, new Work(triangle), () => device.Gram.AddRows(rows, s, isExact: false));
        yield return Time("in float64", size, new Work(0, triangle), () => device.Gram.AddRows(rows, s));
    }

    private ProductTimes Time(string product, string size, Work work, Action own, Action<OpenBlas>? other = null)
    {
        var timing = clock.Measure(own);
        var times = new ProductTimes { Product = product, Size = size, Ms = timing.Median, SpreadPercent = Spreads.Of(timing), Work = work };
        if (peer is null || other is null) return times;
        var beside = clock.Measure(() => other(peer));
        return times with { OpenBlasMs = beside.Median, OpenBlasSpreadPercent = Spreads.Of(beside) };
    }

    private static double Triangle(int rows, int depth) => (double)rows * (rows + 1) * depth;

    private Tensor<T> Matrix(int rows, int length) => device.From(Random(rows * length), new Shape(rows, length));

    private T[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating(_numbers.NextDouble() - 0.5))];
}
