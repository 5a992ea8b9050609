using System.Numerics;
using System.Runtime.InteropServices;
using PoseEngine.Cpu;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cpu;

[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), true)]
[TestFixture(typeof(float), false)]
public sealed unsafe class MatrixProductTests<T>(bool useSimd)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Sums of up to 600 products of numbers below 1.
    private static readonly double Tolerance = typeof(T) == typeof(float) ? 2e-4 : 1e-12;

    // Tiles of 6 x 16 (float32) or 6 x 8 (float64), 256 in depth, 128 or 256 rows; few rows take the path of dot products.
    private static readonly (int Rows, int Columns, int Depth)[] Shapes =
    [
        (1, 1, 1), (1, 51, 300), (5, 8, 3), (6, 16, 256), (7, 17, 257), (16, 51, 130), (17, 33, 64), (16, 300, 7),
        (51, 70, 16), (131, 40, 35), (263, 100, 18), (48, 49, 600), (300, 20, 1), (9, 23, 0),
    ];

    [Test]
    public void EveryLayoutGivesTheProduct([Values] bool leftTransposed, [Values] bool rightTransposed, [Values] bool add)
    {
        using var context = new CpuContext(2, useSimd);
        foreach (var (rows, columns, depth) in Shapes)
        {
            using var product = new Product(rows, columns, depth, leftTransposed, rightTransposed, resultTransposed: false);
            product.Run(context, add);
            product.Verify(add, Tolerance);
        }
    }

    [Test]
    public void AResultMayLieInColumns([Values] bool add)
    {
        using var context = new CpuContext(2, useSimd);
        foreach (var (rows, columns, depth) in Shapes)
        {
            using var product = new Product(rows, columns, depth, false, true, resultTransposed: true);
            product.Run(context, add);
            product.Verify(add, Tolerance);
        }
    }

    [Test]
    public void AnyNumberOfThreadsGivesTheSameBits([Values] bool leftTransposed, [Values] bool rightTransposed)
    {
        foreach (var (rows, columns, depth) in Shapes.Append((270, 530, 515)))
        {
            var expected = Run(1);
            foreach (var threads in (int[])[2, 3, 5]) Same.Numbers<T>(Run(threads), expected, $"{rows} x {columns} x {depth}, {threads} threads");

            T[] Run(int threads)
            {
                using var context = new CpuContext(threads, useSimd);
                using var product = new Product(rows, columns, depth, leftTransposed, rightTransposed, resultTransposed: false);
                product.Run(context, add: true);
                return product.Result();
            }
        }
    }

    [Test]
    public void ARepeatedProductAllocatesNothing()
    {
        using var context = new CpuContext(2, useSimd);
        using var product = new Product(40, 50, 300, false, true, resultTransposed: false);
        product.Run(context, add: false);
        Assert.That(Allocations.Of(() => product.Run(context, add: true)), Is.Zero);
    }

    /// <summary>Random operands in memory and what stands around the result, which nobody may touch.</summary>
    private sealed class Product : IDisposable
    {
        private const int Border = 40;
        private static readonly T Untouched = T.CreateChecked(12345);

        private readonly T* _a;
        private readonly T* _b;
        private readonly T* _c;
        private readonly T[] _before;
        private readonly MatrixView<T> _left;
        private readonly MatrixView<T> _right;
        private readonly MatrixView<T> _result;

        public Product(int rows, int columns, int depth, bool leftTransposed, bool rightTransposed, bool resultTransposed)
        {
            var generator = new RandomGenerator(3, 1);
            _a = Random(generator, rows * depth, 0);
            _b = Random(generator, depth * columns, 0);
            _c = Random(generator, rows * columns, Border);
            _before = new ReadOnlySpan<T>(_c + Border, rows * columns).ToArray();
            _left = View(_a, rows, depth, leftTransposed);
            _right = View(_b, depth, columns, rightTransposed);
            _result = View(_c + Border, rows, columns, resultTransposed);
        }

        public void Run(CpuContext context, bool add) => MatrixProduct.Multiply(context, _left, _right, _result, add);

        public T[] Result() => new ReadOnlySpan<T>(_c + Border, _before.Length).ToArray();

        public void Verify(bool add, double tolerance)
        {
            for (var i = 0; i < _result.Rows; i++)
            {
                for (var j = 0; j < _result.Columns; j++)
                {
                    var place = (i * _result.RowStride) + (j * _result.ColumnStride);
                    var expected = add ? double.CreateChecked(_before[place]) : 0;
                    for (var k = 0; k < _left.Columns; k++) expected += At(_left, i, k) * At(_right, k, j);
                    var error = Math.Abs(double.CreateChecked(_c[Border + place]) - expected);
                    if (!(error <= tolerance)) Assert.Fail($"{_result.Rows} x {_result.Columns} x {_left.Columns}: error {error:G3} at ({i},{j})");
                }
            }
            for (var i = 0; i < Border; i++)
            {
                Assert.That(_c[i], Is.EqualTo(Untouched));
                Assert.That(_c[Border + _before.Length + i], Is.EqualTo(Untouched));
            }
        }

        public void Dispose()
        {
            NativeMemory.AlignedFree(_a);
            NativeMemory.AlignedFree(_b);
            NativeMemory.AlignedFree(_c);
        }

        private static T* Random(RandomGenerator generator, int count, int border)
        {
            var memory = (T*)NativeMemory.AlignedAlloc((nuint)(((count + (2 * border)) * sizeof(T)) + HostHeap.Slack), 64);
            new Span<T>(memory, count + (2 * border)).Fill(Untouched);
            for (var i = 0; i < count; i++) memory[border + i] = T.CreateTruncating((2 * generator.NextDouble()) - 1);
            return memory;
        }

        private static MatrixView<T> View(T* data, int rows, int columns, bool transposed)
            => transposed ? new MatrixView<T>(data, columns, rows).Transposed : new MatrixView<T>(data, rows, columns);

        private static double At(MatrixView<T> matrix, int i, int j)
            => double.CreateChecked(matrix.Data[(i * matrix.RowStride) + (j * matrix.ColumnStride)]);
    }
}
