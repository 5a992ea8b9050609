using System.Diagnostics;
using System.Runtime.CompilerServices;
using PoseEngine.Cuda;
using PoseEngine.Cuda.Native;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cuda;

/// <summary>cuSOLVER through its bindings: factors, solutions and eigenvalues of a small matrix, known by hand.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Checked)]
[TestFixture(CudaModes.Gpu)]
public sealed unsafe class CudaSolverTests(string mode)
{
    private readonly CudaDevices _devices = new(mode);
    private CudaContext _context = null!;

    [SetUp]
    public void Open()
    {
        _devices.Prepare();
        _context = new CudaContext(0);
    }

    [TearDown]
    public void Close()
    {
        _context?.Dispose();
        _devices.AfterTest();
    }

    /// <summary>A = [4 2; 2 5] is L L^T of L = [2 0; 1 2]; A^-1 (8, 12) = (1, 2).</summary>
    [TestCase(FillMode.Lower)]
    [TestCase(FillMode.Upper)]
    public void CholeskySolves(object fill)
    {
        var triangle = (FillMode)fill;
        double[] matrix = triangle == FillMode.Lower ? [4, 2, double.NaN, 5] : [4, double.NaN, 2, 5];
        var (a, b, info) = (Upload(matrix), Upload([8.0, 12]), Upload([-1]));
        Assert.That(Factor(triangle, 2, a, info), Is.Zero);
        Assert.That(Download<double>(a, 4), Is.EqualTo((double[])(triangle == FillMode.Lower ? [2, 1, double.NaN, 2] : [2, double.NaN, 1, 2])));
        Cusolver.Check(Cusolver.cusolverDnDpotrs(_context.Solver, triangle, 2, 1, a, 2, b, 2, info));
        Assert.That(Download<double>(b, 2), Is.EqualTo((double[])[1, 2]).Within(1e-15));
    }

    [Test]
    public void AnIndefiniteMatrixIsTold() => Assert.That(Factor(FillMode.Upper, 2, Upload([1.0, 2, 2, 1]), Upload([-1])), Is.EqualTo(2));

    /// <summary>[2 1; 1 2] has the eigenvalues 1 and 3, and the vectors (1, -1) and (1, 1).</summary>
    [Test]
    public void EigenvaluesAscend()
    {
        var (a, values, info) = (Upload([2.0, 1, 1, 2]), Upload([0.0, 0]), Upload([-1]));
        var solver = _context.Solver;
        Cusolver.Check(Cusolver.cusolverDnDsyevd_bufferSize(solver, EigenMode.Vectors, FillMode.Upper, 2, a, 2, values, out var length));
        var work = _context.Scratch("eigen", sizeof(double) * (long)length);
        Cusolver.Check(Cusolver.cusolverDnDsyevd(solver, EigenMode.Vectors, FillMode.Upper, 2, a, 2, values, work, length, info));
        Assert.That(Download<int>(info, 1), Is.EqualTo((int[])[0]));
        Assert.That(Download<double>(values, 2), Is.EqualTo((double[])[1, 3]).Within(1e-14));
        var q = Download<double>(a, 4);
        Assert.That((double[])[q[0] + q[1], q[2] - q[3], (q[0] * q[0]) - 0.5], Is.EqualTo((double[])[0, 0, 0]).Within(1e-14));
    }

    [Test]
    public void ABadArgumentIsNamed()
    {
        var failure = Assert.Throws<CudaException>(
            () => Cusolver.Check(Cusolver.cusolverDnDpotrf_bufferSize(_context.Solver, FillMode.Upper, 4, Upload([1.0]), 3, out _)));
        Assert.That(failure!.Message, Does.Contain("CUSOLVER_STATUS_INVALID_VALUE").And.Contain("cusolverDnDpotrf_bufferSize"));
    }

    private int Factor(FillMode fill, int n, ulong a, ulong info)
    {
        Cusolver.Check(Cusolver.cusolverDnDpotrf_bufferSize(_context.Solver, fill, n, a, n, out var length));
        var work = _context.Scratch("factor", sizeof(double) * (long)length);
        Cusolver.Check(Cusolver.cusolverDnDpotrf(_context.Solver, fill, n, a, n, work, length, info));
        return Download<int>(info, 1)[0];
    }

    private ulong Upload<T>(T[] values)
        where T : unmanaged
    {
        var pointer = _context.Allocate(values.Length * Unsafe.SizeOf<T>());
        fixed (T* source = values)
        {
            Driver.Check(Driver.cuMemcpyHtoDAsync(pointer, source, (nuint)(values.Length * Unsafe.SizeOf<T>()), _context.Stream));
            _context.Synchronize();
        }
        return pointer;
    }

    private T[] Download<T>(ulong pointer, int count)
        where T : unmanaged
    {
        var values = new T[count];
        fixed (T* target = values)
        {
            Driver.Check(Driver.cuMemcpyDtoHAsync(target, pointer, (nuint)(count * Unsafe.SizeOf<T>()), _context.Stream));
            _context.Synchronize();
        }
        return values;
    }
}

/// <summary>A machine without cuSOLVER computes on CUDA all the same, and says what it lacks.</summary>
[UsesCuda]
public class MissingSolverTests
{
    [Test]
    public void TheDeviceIsUsableWithoutIt()
    {
        StandIn.Require();
        var folder = Directory.CreateTempSubdirectory("poseengine-no-solver-").FullName;
        try
        {
            var bin = Path.Combine(Repository.Folder!, "tools", "cuda-standin", "bin");
            string[] names = ["libcuda.so.1", "libnvrtc.so.12", "libcublas.so.12", "cuda_shim.h", "kernel.ld"];
            foreach (var name in names) File.CreateSymbolicLink(Path.Combine(folder, name), Path.Combine(bin, name));
            var program = Path.Combine(TestContext.CurrentContext.TestDirectory, "poseengine.dll");
            var start = new ProcessStartInfo("dotnet", $"\"{program}\" devices") { RedirectStandardOutput = true };
            start.Environment[CudaLibrarySearch.OverrideVariable] = folder;
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (!output.Contains("cuSOLVER (for factors of the dual system on the device): not found", StringComparison.Ordinal))
            {
                Assert.Ignore("this machine has cuSOLVER, which cannot be hidden");
            }
            Assert.That(output, Does.Contain("auto  takes cuda").And.Contain(Path.Combine(folder, "libcusolver.so.11")));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
