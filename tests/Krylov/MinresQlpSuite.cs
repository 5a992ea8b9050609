using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>What the suites that run on every device share.</summary>
public abstract class MinresQlpSuite<T>(IDeviceFactory devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected static bool IsSingle => typeof(T) == typeof(float);

    protected ComputeDevice<T> Device { get; private set; } = null!;

    [OneTimeSetUp]
    public void CreateTheDevice() => Device = devices.Create<T>(2);

    [OneTimeTearDown]
    public void DisposeTheDevice() => Device?.Dispose();

    [TearDown]
    public void AfterTest() => devices.AfterTest();

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
        KrylovOptions? options = null,
        SolveCallback? callback = null,
        double scale = 1)
        => Run(CreateOperator(matrix, scale), b, preconditioner, options, callback);

    /// <summary>The operator of the suites' systems: on a device that runs cycles, one that can be recorded.</summary>
    protected LinearOperator<T> CreateOperator(double[,] matrix, double scale = 1)
        => Device.MinresQlp.RunsCycles ? new DeviceDenseOperator<T>(Device, matrix, scale) : new DenseOperator<T>(matrix, scale);

    private protected Result Run(
        LinearOperator<T> system,
        double[] b,
        Func<Preconditioner<T>>? preconditioner = null,
        KrylovOptions? options = null,
        SolveCallback? callback = null)
    {
        using var solver = new MinresQlp<T>(Device, b.Length) { Preconditioner = preconditioner?.Invoke() };
        var x = Device.Zeros(b.Length);
        var report = solver.Solve(system, Upload(b), x, options, callback);
        return new Result(report, Array.ConvertAll(x.ToArray(), double.CreateChecked));
    }

    private protected sealed record Result(SolveReport Report, double[] X);
}
