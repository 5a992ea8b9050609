namespace PoseEngine.Experiments.Krylov;

/// <summary>
/// Products with a <see cref="SparseMatrix"/> on the host, in float64, for vectors that live on any device: the matrices
/// of the comparison are small, and each is multiplied exactly alike everywhere.
/// </summary>
internal sealed class SparseOperator<T>(SparseMatrix matrix) : LinearOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _host = new T[matrix.Size];
    private readonly double[] _x = new double[matrix.Size];
    private readonly double[] _y = new double[matrix.Size];

    public override int Size => matrix.Size;

    public override bool IsSymmetric => matrix.Asymmetry is null;

    public override bool HasTranspose => true;

    public override void Apply(Tensor<T> x, Tensor<T> y)
    {
        Read(x);
        matrix.Multiply(_x, _y);
        Write(y);
    }

    public override void ApplyTranspose(Tensor<T> x, Tensor<T> y)
    {
        Read(x);
        matrix.MultiplyTranspose(_x, _y);
        Write(y);
    }

    private void Read(Tensor<T> x)
    {
        x.CopyTo(_host);
        for (var i = 0; i < _x.Length; i++) _x[i] = double.CreateTruncating(_host[i]);
    }

    private void Write(Tensor<T> y)
    {
        for (var i = 0; i < _y.Length; i++) _host[i] = T.CreateTruncating(_y[i]);
        y.CopyFrom(_host);
    }
}
