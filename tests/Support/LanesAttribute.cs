using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Support;

[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: Lanes]

namespace PoseEngine.Tests.Support;

/// <summary>
/// Fixtures run beside each other, as many as the machine has processors. Those that use CUDA are taken from their places in
/// the tree of tests and hung under <see cref="CudaLane"/>, which comes first and counts as one. What must run alone is marked
/// [NonParallelizable] and comes last.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class LanesAttribute : NUnitAttribute, IApplyToTest
{
    public void ApplyToTest(Test test)
    {
        var lane = new SetUpFixture(new TypeWrapper(typeof(CudaLane)));
        lane.Properties.Set(PropertyNames.ParallelScope, ParallelScope.Self);
        lane.Properties.Set(PropertyNames.Order, 0);
        Sort((TestSuite)test, lane);
        ((TestSuite)test).Add(lane);
    }

    private static void Sort(TestSuite parent, TestSuite lane)
    {
        foreach (var child in parent.Tests.OfType<TestSuite>().ToArray())
        {
            if (child is TestFixture)
            {
                if (child.TypeInfo!.IsDefined<TakesLongAttribute>(inherit: false)) child.Properties.Set(PropertyNames.Order, 1);
                if (!UsesCuda(child)) continue;
                parent.Tests.Remove(child);
                lane.Add(child);
                continue;
            }
            Sort(child, lane);
            if (child.Tests.Count == 0) parent.Tests.Remove(child);
            // The parent of a class's fixtures with other arguments would run alone otherwise.
            if (child.TypeInfo is not null && !child.Properties.ContainsKey(PropertyNames.ParallelScope))
            {
                child.Properties.Set(PropertyNames.ParallelScope, ParallelScope.Self);
            }
        }
    }

    private static bool UsesCuda(TestSuite fixture)
        => fixture.Arguments.OfType<string>().Any(CudaModes.Is) || fixture.TypeInfo!.IsDefined<UsesCudaAttribute>(inherit: false);
}
