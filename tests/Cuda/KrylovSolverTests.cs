using System.Numerics;
using PoseEngine.Tests.Krylov;

namespace PoseEngine.Tests.Cuda;

// The solvers use vector kernels alone, which have suites of their own in every mode: the smallest systems suffice here.
[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.PlainOnly))]
public sealed class CudaKrylovSolverTests<T>(string mode) : KrylovSolverTests<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
