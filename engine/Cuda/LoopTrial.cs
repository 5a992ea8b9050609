using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// A small solve as a loop, to find out whether driver and compiler take what loops of solves are made of: products by cuBLAS
/// on two branches, the passes of MINRES-QLP, and its scalar step beside the next product. The system is
/// [W 0; 0 W] x = b with eight eigenvalues, so that the loop has to run three times, and x = (1, ..., 1).
/// </summary>
internal sealed class LoopTrial<T>(CudaContext context, MinresQlpKernels<T> kernels)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>W is a diagonal matrix of this order, multiplied like any other.</summary>
    private const int Order = 32;

    /// <summary>Columns of each half of x.</summary>
    private const int Columns = 4;

    private const int Half = Order * Columns;

    private const int Iterations = 8;

    private const double Tolerance = 1e-3;

    /// <summary>Solves the system.</summary>
    /// <param name="goOn">minres_go_on.</param>
    /// <exception cref="CudaException">The driver refuses.</exception>
    /// <exception cref="InvalidOperationException">The solution is wrong.</exception>
    public void Run(CudaKernel goOn)
    {
        using var memory = new CudaStorage<T>(context, (8 * 2 * Half) + (Order * Order));
        using var stop = new PinnedMemory(context, sizeof(int));
        var w = new Tensor<T>(memory, 8 * 2 * Half, new Shape(Order, Order));
        var (b, x) = (Vector(memory, 6), Vector(memory, 7));
        w.CopyFrom([.. Enumerable.Range(0, Order * Order).Select(i => i % (Order + 1) == 0 ? Eigenvalue(i / Order) : T.Zero)]);
        b.CopyFrom([.. Enumerable.Range(0, 2 * Half).Select(i => Eigenvalue(i % Order))]);
        Tensor<T>[] z = [Vector(memory, 0), Vector(memory, 1), Vector(memory, 2)];
        using var state = kernels.NewState(Vector(memory, 3), Vector(memory, 4), Vector(memory, 5));
        using var cycle = new CudaRecording(context, "a trial", () => Cycle(state, w, z));

        // Its kernels are loaded and its work areas made by a first call, which leaves three iterations for the next.
        Start(state, b, z[1]);
        cycle.Run();
        Start(state, b, z[1]);
        using var loop = SolveLoop.Create(context, goOn, cycle, state.Address, stop.Device);
        loop.Launch();
        kernels.Poll(state, out var scalars);
        kernels.FormSolution(state, z[scalars.Iteration % 3], x);
        var worst = x.ToArray().Max(value => Math.Abs(double.CreateTruncating(value) - 1));
        if (scalars.Exit != SolveExit.Solved || !(worst <= Tolerance))
        {
            throw new InvalidOperationException($"a solve in a loop came to {scalars.Exit} after {scalars.Iteration} of {Iterations} iterations, {worst} away from the solution");
        }
    }

    private static Tensor<T> Vector(CudaStorage<T> memory, int place) => new(memory, place * 2 * Half, new Shape(2 * Half));

    private static T Eigenvalue(int row) => T.CreateChecked(1 + (row % Iterations));

    private void Start(MinresQlpState<T> state, Tensor<T> b, Tensor<T> z)
    {
        var settings = new MinresQlpSettings(Tolerance / 100, 1e-12, 1e-7, 1e7, 1e7, 2 * Iterations, 120);
        kernels.Start(state, settings, DiagonalWeights<T>.Identity, b, z);
        kernels.Advance(state);
    }

    /// <summary>Three iterations, as a solver records them.</summary>
    private void Cycle(MinresQlpState<T> state, Tensor<T> w, Tensor<T>[] z)
    {
        Apply(w, z[1], z[2]);
        for (var k = 0; k < 3; k++)
        {
            var (previous, current, product) = (z[k], z[(k + 1) % 3], z[(k + 2) % 3]);
            kernels.LanczosProduct(state, current, previous, product, withDirections: true);
            kernels.LanczosNormalise(state, current, product);
            if (k < 2) context.Fork("minres-qlp.scalars", () => kernels.Advance(state), () => Apply(w, product, previous));
            else kernels.Advance(state);
        }
    }

    /// <summary>y = [W 0; 0 W] x, both halves side by side.</summary>
    private void Apply(Tensor<T> w, Tensor<T> x, Tensor<T> y) => context.Fork("lop", () => ApplyHalf(w, x, y, 0), () => ApplyHalf(w, x, y, 1));

    private void ApplyHalf(Tensor<T> w, Tensor<T> x, Tensor<T> y, int half)
        => MatrixProduct.Multiply<T>(
            context, MatrixOperation.None, MatrixOperation.None, Order, Columns, Order, w.DevicePointer(), Order,
            x.Slice(half * Half, Half).DevicePointer(), Order, 0, y.Slice(half * Half, Half).DevicePointer(), Order);
}
