using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// <see cref="IDualKernels{T}"/> on CUDA: factors and eigenvectors by cuSOLVER, which sees matrices transposed, the rest by
/// <c>kernels/dual.cu</c>.
/// </summary>
internal sealed unsafe class DualKernels<T>(CudaContext context) : IDualKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Blocks that share the sums over a vector of parameters.</summary>
    private const int MostParts = 512;

    private CudaModule? _module;
    private int _parts;

    /// <summary>Whether cuSOLVER was found; without it the host factors S.</summary>
    public static bool AreAvailable => CudaLibraries.TryLoad(CudaLibraries.Cusolver, out _);

    private CudaModule Module => _module ??= context.Compiler.Load<T>("dual.cu");

    public void Prepare(Tensor<double> s, Tensor<double> delta, Tensor<double> numbers)
    {
        CheckNumbers(numbers);
        var arguments = new KernelArguments();
        arguments.Add(s);
        arguments.Add(delta);
        arguments.Add(numbers);
        arguments.Add(Rows(s));
        OneBlock("dual_prepare", arguments);
    }

    public void Keep(Tensor<double> s, Tensor<double> diagonal)
    {
        Guard.Equal(diagonal.Count, Rows(s), "the diagonal of a Gram matrix");
        Module["dual_mirror"].Launch(ElementLaunch.Over(s.Count), Diagonal(s, diagonal));
    }

    public void Factor(Tensor<double> s, Tensor<int> info)
    {
        context.MakeCurrent();
        var (rows, solver) = (Rows(s), context.Solver);
        Cusolver.Check(Cusolver.cusolverDnDpotrf_bufferSize(solver, FillMode.Lower, rows, s.DevicePointer(), rows, out var count));
        var work = context.Scratch("dual factor", (long)count * sizeof(double));
        Launched(Cusolver.cusolverDnDpotrf(solver, FillMode.Lower, rows, s.DevicePointer(), rows, work, count, info.DevicePointer()), nameof(Cusolver.cusolverDnDpotrf));
    }

    public void Solve(Tensor<double> factor, Tensor<double> x)
    {
        context.MakeCurrent();
        var rows = Rows(factor);
        Guard.Equal(x.Count, rows, "the right-hand side of a Gram system");
        var info = context.Scratch("dual solve", sizeof(int));
        Launched(
            Cusolver.cusolverDnDpotrs(context.Solver, FillMode.Lower, rows, 1, factor.DevicePointer(), rows, x.DevicePointer(), rows, info),
            nameof(Cusolver.cusolverDnDpotrs));
    }

    public void Eigen(Tensor<double> s, Tensor<double> diagonal, Tensor<double> values, Tensor<int> info)
    {
        var (rows, solver) = (Rows(s), context.Solver);
        Guard.Equal(values.Count, rows, "the eigenvalues of a Gram matrix");
        Module["dual_diagonal"].Launch(ElementLaunch.Over(rows), Diagonal(s, diagonal));
        var (matrix, found) = (s.DevicePointer(), values.DevicePointer());
        Cusolver.Check(Cusolver.cusolverDnDsyevd_bufferSize(solver, EigenMode.Vectors, FillMode.Upper, rows, matrix, rows, found, out var count));
        var work = context.Scratch("dual eigenvectors", (long)count * sizeof(double));
        Launched(Cusolver.cusolverDnDsyevd(solver, EigenMode.Vectors, FillMode.Upper, rows, matrix, rows, found, work, count, info.DevicePointer()), nameof(Cusolver.cusolverDnDsyevd));
    }

    public void OverEigenvectors(Tensor<double> vectors, Tensor<double> weights, Tensor<double> x)
    {
        var rows = Rows(vectors);
        Guard.Equal(x.Count, rows, "a vector of constraint rows");
        var (v, components) = (vectors.DevicePointer(), context.Scratch("dual components", (long)rows * sizeof(double)));
        MatrixProduct.Multiply<double>(context, MatrixOperation.Transpose, MatrixOperation.None, rows, 1, rows, v, rows, x.DevicePointer(), rows, 0, components, rows);
        Weigh(weights.DevicePointer(), 1, components, components, rows);
        MatrixProduct.Multiply<double>(context, MatrixOperation.None, MatrixOperation.None, rows, 1, rows, v, rows, components, rows, 0, x.DevicePointer(), rows);
    }

    public void Scale(double factor, Tensor<double> x, Tensor<double> y)
    {
        Guard.Equal(y.Count, x.Count, "a vector of constraint rows");
        Weigh(0, factor, x.DevicePointer(), y.DevicePointer(), x.Count);
    }

    public void RightHandSide(Tensor<T> product, bool isStacked, Tensor<T> b2, double eta, Tensor<double> target, Tensor<double> r, int stack)
    {
        Guard.Equal(product.Count, r.Count, "the product A b1");
        var arguments = new KernelArguments();
        arguments.Add(product);
        arguments.Add(isStacked ? 1 : 0);
        arguments.Add(b2);
        arguments.Add(eta);
        arguments.Add(target);
        arguments.Add(r);
        AddOrder(ref arguments, r.Count, stack);
        Module["dual_right"].Launch(ElementLaunch.Over(r.Count), arguments);
    }

    public void Split(
        Tensor<double> c, double factor, bool isCorrection, Tensor<double> lambda, Tensor<T> multipliers, Tensor<T> change, bool isStacked,
        int stack)
    {
        var arguments = new KernelArguments();
        arguments.Add(c);
        arguments.Add(factor);
        arguments.Add(isCorrection ? 1 : 0);
        arguments.Add(lambda);
        arguments.Add(multipliers);
        arguments.Add(change);
        arguments.Add(isStacked ? 1 : 0);
        AddOrder(ref arguments, c.Count, stack);
        Module["dual_split"].Launch(ElementLaunch.Over(c.Count), arguments);
    }

    public void Step(Tensor<T> b1, Tensor<T> p, double eta, Tensor<T> dw)
    {
        Guard.Equal(p.Count, b1.Count, "the pull of the multipliers");
        Guard.Equal(dw.Count, b1.Count, "the step");
        _parts = ElementLaunch.ReductionBlocks(b1.Count, MostParts);
        var arguments = new KernelArguments();
        arguments.Add(b1);
        arguments.Add(p);
        arguments.Add(eta);
        arguments.Add(dw);
        arguments.Add(Partial);
        arguments.Add(b1.Count);
        Module["dual_step"].Launch(new LaunchShape(_parts, 1, 1, ElementLaunch.Threads), arguments);
    }

    public void Miss(
        Tensor<double> target, Tensor<T> product, Tensor<double> lambda, double eta, Tensor<double> miss, Tensor<double> factor,
        Tensor<int> info, bool sumsStep, Tensor<double> numbers, int stack)
    {
        CheckNumbers(numbers);
        var arguments = new KernelArguments();
        arguments.Add(target);
        arguments.Add(product);
        arguments.Add(lambda);
        arguments.Add(eta);
        arguments.Add(miss);
        arguments.Add(factor);
        arguments.Add(info);
        arguments.Add(Partial);
        arguments.Add(sumsStep ? _parts : 0);
        arguments.Add(numbers);
        AddOrder(ref arguments, target.Count, stack);
        OneBlock("dual_miss", arguments);
    }

    private ulong Partial => context.Scratch("dual sums", 3 * MostParts * sizeof(double));

    private static int Rows(Tensor<double> s)
    {
        var rows = s.Shape[0];
        Guard.Equal(s.Count, (long)rows * rows, "a Gram matrix");
        return rows;
    }

    private static void CheckNumbers(Tensor<double> numbers) => Guard.Equal(numbers.Count, (int)DualNumber.Count, "the numbers of a dual solve");

    private static void AddOrder(ref KernelArguments arguments, int rows, int stack)
    {
        Guard.Equal(rows % stack, 0, "rows beyond whole samples");
        arguments.Add(stack);
        arguments.Add(rows / stack);
    }

    private static KernelArguments Diagonal(Tensor<double> s, Tensor<double> diagonal)
    {
        var arguments = new KernelArguments();
        arguments.Add(s);
        arguments.Add(diagonal);
        arguments.Add(Rows(s));
        return arguments;
    }

    private void Weigh(ulong weights, double factor, ulong x, ulong y, int count)
    {
        var arguments = new KernelArguments();
        arguments.Add(weights);
        arguments.Add(factor);
        arguments.Add(x);
        arguments.Add(y);
        arguments.Add(count);
        Module["dual_weigh"].Launch(ElementLaunch.Over(count), arguments);
    }

    /// <summary>A call of cuSOLVER that computes; cuSOLVER refuses where a stream records, so that it is no part of a graph.</summary>
    private void Launched(int status, string name)
    {
        Cusolver.Check(status, name);
        context.Launches.Add(name);
        context.Counter.Launch();
    }

    private void OneBlock(string kernel, in KernelArguments arguments)
        => Module[kernel].Launch(new LaunchShape(1, 1, 1, ElementLaunch.Threads), arguments);
}
