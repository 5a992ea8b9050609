using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Layers;

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

    [Test]
    public void TimesBecomeSharesOfThePeak()
    {
        var times = new BatchTimes { Batch = 10, ForwardMs = 4, ForwardLopMs = 8, RopMs = 2, LopMs = 2, SoftSgdStepMs = 100 };
        var shares = times.AtPeak(new NetworkFlops(20e6, 10e6, 10e6), 100).PercentOfPeak!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(shares["forward"], Is.EqualTo(50)); // 200 MFLOP at 100 GFLOP/s are 2 ms.
            Assert.That(shares["forwardLop"], Is.EqualTo(37.5).Within(0.1));
            Assert.That(shares["softSgdStep"], Is.EqualTo(41.4)); // 138 gradients of 30 MFLOP.
            Assert.That(shares, Does.Not.ContainKey("hardSgdStep"));
        }
    }
}
