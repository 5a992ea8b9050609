using PoseEngine.Experiments.Reports;

namespace PoseEngine.Tests.Experiments.Reports;

public sealed class ReportBuilderTests
{
    [Test]
    public void Look() { var run = SyntheticRun.Write("/tmp/sample-run"); ReportBuilder.Build(run); }
}
