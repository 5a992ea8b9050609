using System.Numerics;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Experiments.Spheres;

// The family of this study on both devices, in both precisions.

[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class CpuHypersphereTests<T>(bool useSimd) : HypersphereSuite<T>(new CpuDevices(useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaHypersphereTests<T>(string mode) : HypersphereSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
