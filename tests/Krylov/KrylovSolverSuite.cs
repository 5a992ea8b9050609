using System.Numerics;
using PoseEngine.Krylov;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>What the suites of all solvers share.</summary>
public abstract class KrylovSolverSuite<T>(IDeviceFactory devices) : MinresQlpSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected static readonly string[] Solvers = [.. KrylovSolvers.Names];

    private protected Result Solve(
        string solver, double[,] matrix, double[] b, KrylovOptions? options = null, SolveCallback? callback = null,
        double scale = 1, int restart = 100)
        => Solve(solver, CreateOperator(matrix, scale), b, options, callback, restart);

    private protected Result Solve(
        string solver, LinearOperator<T> system, double[] b, KrylovOptions? options = null, SolveCallback? callback = null,
        int restart = 100)
    {
        using var instance = KrylovSolvers.Create(solver, Device, b.Length, restart);
        return Solve(instance, system, b, options, callback);
    }

    private protected Result Solve(
        KrylovSolver<T> solver, LinearOperator<T> system, double[] b, KrylovOptions? options = null,
        SolveCallback? callback = null, CancellationToken cancellation = default)
    {
        var x = Device.Zeros(b.Length);
        var report = solver.Solve(system, Upload(b), x, options, callback, cancellation);
        return new Result(report, Array.ConvertAll(x.ToArray(), double.CreateChecked));
    }

    private protected Result Solve(string solver, string system, KrylovOptions? options = null, SolveCallback? callback = null)
        => Solve(solver, OracleSystem.Load(system).Matrix, OracleSystem.Load(system).RightHandSide, options, callback);
}
