using System.Numerics;

namespace PoseEngine.Cpu;

/// <summary>A matrix in memory: element (i,j) stands at i * RowStride + j * ColumnStride, so a transpose is a swap.</summary>
internal readonly unsafe record struct MatrixView<T>(nint Address, int Rows, int Columns, int RowStride, int ColumnStride)
    where T : unmanaged
{
    /// <summary>A row-major matrix.</summary>
    public MatrixView(T* data, int rows, int columns)
        : this((nint)data, rows, columns, columns, 1)
    {
    }

    public T* Data => (T*)Address;

    public MatrixView<T> Transposed => new(Address, Columns, Rows, ColumnStride, RowStride);
}

/// <summary>C = A B or C = C + A B, as the formula reads: the scalar path that the blocked product is tested against.</summary>
internal readonly unsafe struct ReferenceProduct<T>(MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, bool add) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>One row of C.</summary>
    public void Run(int part)
    {
        for (var j = 0; j < c.Columns; j++)
        {
            var sum = T.Zero;
            for (var k = 0; k < a.Columns; k++)
            {
                sum += a.Data[((long)part * a.RowStride) + ((long)k * a.ColumnStride)]
                    * b.Data[((long)k * b.RowStride) + ((long)j * b.ColumnStride)];
            }
            var element = c.Data + ((long)part * c.RowStride) + ((long)j * c.ColumnStride);
            *element = add ? *element + sum : sum;
        }
    }
}

/// <summary>Chooses the product's path.</summary>
internal static class MatrixProduct
{
    /// <summary>C = A B, or C = C + A B where <paramref name="add"/> is set.</summary>
    public static void Multiply<T>(CpuContext context, MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, bool add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Guard.Equal(b.Rows, a.Columns, "a matrix product's inner extent");
        Guard.Equal(c.Rows, a.Rows, "a matrix product's rows");
        Guard.Equal(c.Columns, b.Columns, "a matrix product's columns");
        if (c.Rows == 0 || c.Columns == 0) return;
        if (!context.UseSimd) context.Pool.Run(new ReferenceProduct<T>(a, b, c, add), c.Rows);
        else if (RowProduct.Fits(a, b, c)) RowProduct.Multiply(context, a, b, c, add);
        else if (StreamedProduct.Fits(a, b, c)) StreamedProduct.Multiply(context, a, b, c, add);
        else PackedProduct.Multiply(context, a, b, c, add);
    }
}
