using PoseEngine.Cpu;
using PoseEngine.Kernels;

namespace PoseEngine.Tests.Krylov;

[TestFixture(true)]
[TestFixture(false)]
public sealed class CpuFloat64MinresQlpOracleTests(bool useSimd) : MinresQlpOracleTests<double>
{
    protected override ComputeDevice<double> CreateDevice() => new CpuDevice<double>(useSimd: useSimd);
}

[TestFixture(true)]
[TestFixture(false)]
public sealed class CpuFloat32MinresQlpOracleTests(bool useSimd) : MinresQlpOracleTests<float>
{
    protected override ComputeDevice<float> CreateDevice() => new CpuDevice<float>(useSimd: useSimd);
}
