using System.Numerics;
using PoseEngine.Tests.Krylov;

namespace PoseEngine.Tests.Cuda;

// The suites of MINRES-QLP on the CUDA device, in both precisions, on the stand-in in its modes and on a GPU.

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaMinresQlpOracleTests<T>(string mode) : MinresQlpOracleTests<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaMinresQlpPropertyTests<T>(string mode) : MinresQlpPropertyTests<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaMinresQlpPreconditionerTests<T>(string mode) : MinresQlpPreconditionerTests<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaMinresQlpCycleTests<T>(string mode) : MinresQlpCycleTests<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

// Thousands of iterations, and millions of unknowns: not for the checker, nor twice for the stand-in.

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.PlainOnly))]
public sealed class CudaMinresQlpRandomTests<T>(string mode) : MinresQlpRandomTests<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.PlainOnly))]
public sealed class CudaMinresQlpFullScaleTests<T>(string mode) : MinresQlpFullScaleTests<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
