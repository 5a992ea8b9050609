using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Tests.Experiments.Benchmarks;

public class BenchToolsTests
{
    [Test]
    public void OpenBlasMultipliesEveryLayout([Values] bool leftTransposed, [Values] bool rightTransposed)
    {
        const int m = 3, n = 4, k = 2;
        if (OpenBlas.TryLoad(1) is not { } blas)
        {
            Assert.Ignore($"OpenBLAS is not installed ({OpenBlas.Remedy})");
            return;
        }
        double[] left = [1, 2, 3, 4, 5, 6], right = [1, -1, 2, -2, 3, -3, 4, -4];
        var result = new double[m * n];
        blas.Multiply<double>(m, n, k, left, leftTransposed, right, rightTransposed, result);
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var expected = 0.0;
                for (var l = 0; l < k; l++)
                {
                    expected += left[leftTransposed ? (l * m) + i : (i * k) + l] * right[rightTransposed ? (j * k) + l : (l * n) + j];
                }
                Assert.That(result[(i * n) + j], Is.EqualTo(expected), $"({i},{j})");
            }
        }
    }

    [Test]
    public void ProgressOnATerminalIsOneLineThatClears()
    {
        var (terminal, pipe) = (new StringWriter(), new StringWriter());
        var (live, plain) = (new BenchProgress(terminal, isTerminal: true), new BenchProgress(pipe, isTerminal: false));
        live.Say("a long measurement");
        live.Say("short");
        live.Clear();
        plain.Say("first");
        plain.Clear();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(terminal.ToString(), Does.Not.Contain('\n').And.EndsWith("\r"));
            Assert.That(terminal.ToString(), Does.Contain("\r[0:00] short             "));
            Assert.That(pipe.ToString(), Is.EqualTo("[0:00] first" + Environment.NewLine));
        }
    }

    [TestCase("OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY SkylakeX MAX_THREADS=64", "SkylakeX", "OpenBLAS 0.3.21, core SkylakeX")]
    [TestCase("OpenBLAS 0.3.21 DYNAMIC_ARCH", "Prescott", "OpenBLAS 0.3.21, core Prescott: OpenBLAS does not know this processor")]
    [TestCase("", "", "OpenBLAS of unknown version, core unknown: OpenBLAS does not know this processor")]
    public void OpenBlasIsNamedAndItsIgnoranceSaid(string config, string core, string said)
    {
        var text = OpenBlasBuild.Of(config, core).ToString();
        Assert.That(text, said.Contains("not know") ? Does.StartWith(said) : Is.EqualTo(said));
    }
}
