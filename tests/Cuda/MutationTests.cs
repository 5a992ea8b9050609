using PoseEngine.Cuda;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Tests.Cuda;

/// <summary>
/// What the other tests are worth: each deliberate fault in the text of a kernel must be found, by the stand-in's checks
/// or by a changed result.
/// </summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
[UsesCuda]
public class MutationTests
{
    private static readonly string Text = KernelMutant.FlatText("pooled_convolution.cu");

    private float[] _right = [];

    /// <summary>Faults: what to find in the text, what to put there.</summary>
    public static IEnumerable<TestCaseData> Faults()
    {
        yield return Fault(
            "no barrier between staging and forward",
            "        stage(shared, x, weight, tile, first);\n        __syncthreads();", "        stage(shared, x, weight, tile, first);");
        yield return Fault(
            "no barrier between staging and R-op",
            "        if (TERMS > 1) stage(shared[TERMS - 1], dx, weight, tile, first);\n        __syncthreads();",
            "        if (TERMS > 1) stage(shared[TERMS - 1], dx, weight, tile, first);");
        yield return Fault(
            "no barrier before a tile is overwritten", "        __syncthreads(); // the tile before this one may still be read\n", "");
        yield return Fault(
            "no barrier between staging and the weight's adjoint", "        __syncthreads();\n        add_tile(", "        add_tile(");
        yield return Fault(
            "no barrier in the sum of columns", "    __syncthreads();\n    if (slice > 0) return 0;", "    if (slice > 0) return 0;");
        yield return Fault("a patch staged one too far", "i < count * PATCH_HEIGHT * WIDTH;", "i <= count * PATCH_HEIGHT * WIDTH;");
        yield return Fault("a patch staged one column off", "const int row = top + r, column = left + q;", "const int row = top + r, column = left + q + 1;");
        yield return Fault("outputs outside the plane written", "if (exists) store_winner(winner, y, winners, place);", "store_winner(winner, y, winners, place);");
        yield return Fault("one window too many", "last_i = min(row / WINDOW, OUT_HEIGHT - 1)", "last_i = min(row / WINDOW, OUT_HEIGHT)");
        yield return Fault("a kernel row too many", "k < KERNEL_HEIGHT && l >= 0", "k <= KERNEL_HEIGHT && l >= 0");
        yield return Fault("a closed unit counted", "if (winner == CLOSED) return {0, NOWHERE};", "");
        yield return Fault("a sum that a block leaves out", "for (int s = 1; s < SUM_SLICES; ++s)", "for (int s = 2; s < SUM_SLICES; ++s)");
        yield return Fault(
            "adjoints of a stack in the wrong order", "size_t(blockIdx.x % stack) * samples + sample", "size_t(blockIdx.x)");
        yield return Fault("a row of another sample's inputs", "x + at.sample * IN_CHANNELS * IN_AREA, rows", "x, rows");
        yield return Fault("a row that leaves out the last tile", "sum_tiles(stage, x, 0, TILES, adjoint)", "sum_tiles(stage, x, 0, TILES - 1, adjoint)");
        yield return Fault("winners of the adjoint instead of the sample", "(size_t)(r % samples) * OUT_CHANNELS", "(size_t)r * OUT_CHANNELS");
        yield return Fault("places of a patch in elements", "(row * TAP_PITCH + column) * int(sizeof(real))", "row * TAP_PITCH + column");
        yield return Fault("a tap beyond the last", "tap < GROUP * TAPS && group * TAPS + tap < ALL_TAPS", "tap <= GROUP * TAPS");
    }

    [OneTimeSetUp]
    public void ComputeUnchanged()
    {
        StandIn.Require();
        StandIn.Configure("mode=check;order=shuffle:5;lazy=0");
        using var device = new CudaDevice<float>();
        _right = new KernelMutant(device, Text).Results();
        Assert.That(StandIn.TakeReport(), Is.Empty);
    }

    [TestCaseSource(nameof(Faults))]
    public void AFaultIsFound(string find, string replace)
    {
        Assert.That(Text.Split(find), Has.Length.EqualTo(2), "the text holds the passage once");
        var device = new CudaDevice<float>();
        string found;
        try
        {
            var wrong = new KernelMutant(device, Text.Replace(find, replace, StringComparison.Ordinal)).Results();
            found = wrong.AsSpan().SequenceEqual(_right) ? "" : "another result";
        }
        catch (CudaException fault)
        {
            found = fault.Message;
        }
        finally
        {
            StandIn.ClearError();
            device.Dispose();
        }
        found += StandIn.TakeReport();
        Assert.That(found, Is.Not.Empty);
        TestContext.Out.WriteLine(found);
    }

    private static TestCaseData Fault(string name, string find, string replace)
        => new TestCaseData(find, replace).SetArgDisplayNames(name);
}
