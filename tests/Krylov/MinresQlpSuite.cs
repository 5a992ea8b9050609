using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Krylov;

/// <summary>What the suites that run on every device share.</summary>
public abstract class MinresQlpSuite<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected static bool IsSingle => typeof(T) == typeof(float);

    protected ComputeDevice<T> Device { get; private set; } = null!;

    [OneTimeSetUp]
    public void CreateTheDevice() => Device = CreateDevice();

    [OneTimeTearDown]
    public void DisposeTheDevice() => Device.Dispose();

    protected abstract ComputeDevice<T> CreateDevice();

    /// <summary>The first number in float64, the second in float32.</summary>
    protected static double Either(double float64, double float32) => IsSingle ? float32 : float64;

    protected static double Distance(double[] x, double[] expected)
    {
        var difference = Norm([.. x.Zip(expected, (a, b) => a - b)]);
        var norm = Norm(expected);
        return norm == 0 ? difference : difference / norm;
    }

    protected static double Norm(double[] x) => Math.Sqrt(x.Sum(a => a * a));

    protected Tensor<T> Upload(double[] values) => Device.From([.. values.Select(T.CreateChecked)]);

    private protected Result Run(
        double[,] matrix,
        double[] b,
        Func<Preconditioner<T>>? preconditioner = null,
        MinresQlpOptions? options = null,
        SolveCallback? callback = null,
        double scale = 1)
        => Run(CreateOperator(matrix, scale), b, preconditioner, options, callback);

    /// <summary>The operator of the suites' systems: on the host, unless a device is to be tested with one of its own.</summary>
    protected virtual LinearOperator<T> CreateOperator(double[,] matrix, double scale) => new DenseOperator<T>(matrix, scale);

    private protected Result Run(
        LinearOperator<T> system,
        double[] b,
        Func<Preconditioner<T>>? preconditioner = null,
        MinresQlpOptions? options = null,
        SolveCallback? callback = null)
    {
        using var solver = new MinresQlp<T>(Device, b.Length);
        var x = Device.Zeros(b.Length);
        var report = solver.Solve(system, Upload(b), x, preconditioner?.Invoke(), options, callback);
        return new Result(report, Array.ConvertAll(x.ToArray(), double.CreateChecked));
    }

    private protected sealed record Result(SolveReport Report, double[] X);
}
