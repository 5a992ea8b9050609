using System.Numerics;
using PoseEngine.Tests.Constraints;
using PoseEngine.Tests.Expressions;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Cuda;

// Each operator family: its suite on the CUDA device, in both precisions, on the stand-in in its modes and on a GPU.

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaConvolutionTests<T>(string mode) : ConvolutionSuite<T>(new CudaDevices(mode, manyKernels: true))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaPooledConvolutionTests<T>(string mode) : PooledConvolutionSuite<T>(new CudaDevices(mode, manyKernels: true))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaMaxPoolTests<T>(string mode) : MaxPoolSuite<T>(new CudaDevices(mode, manyKernels: true))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaReluTests<T>(string mode) : ReluSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaDenseTests<T>(string mode) : DenseSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaDenseReluTests<T>(string mode) : DenseReluSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaVectorTests<T>(string mode) : VectorSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaOptimizerTests<T>(string mode) : OptimizerSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaImageTests<T>(string mode) : ImageSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaGramTests<T>(string mode) : GramSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaElementwiseTests<T>(string mode) : ElementwiseSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaExpressionTests<T>(string mode) : ExpressionSuite<T>(new CudaDevices(mode, manyKernels: true))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaViolationTests<T>(string mode) : ViolationSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaCentringTests<T>(string mode) : CentringSuite<T>(new CudaDevices(mode))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

[TestFixtureSource(typeof(CudaModes), nameof(CudaModes.All))]
public sealed class CudaProjectionTests<T>(string mode) : ProjectionSuite<T>(new CudaDevices(mode, manyKernels: true))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected override int FarPoints => mode == CudaModes.Gpu ? base.FarPoints : 60;
}
