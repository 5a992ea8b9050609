using System.Numerics;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Expressions;

[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class CpuExpressionTests<T>(bool useSimd) : ExpressionSuite<T>(new CpuDevices(useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
