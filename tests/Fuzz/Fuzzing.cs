using System.Diagnostics;
using System.Globalization;
using PoseEngine.Experiments;
using PoseEngine.Models;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Fuzz;

/// <summary>
/// Feeds mutants of sound files to a reader: it may accept one or refuse it in one line by the exception for bad input,
/// within a second and with bounded memory. A failure names its mutant, which POSEENGINE_FUZZ_MUTANT=NUMBER replays alone;
/// POSEENGINE_FUZZ_MUTANTS=COUNT makes a longer search.
/// </summary>
/// <param name="name">The format; mutants of another one are others.</param>
/// <param name="read">Reads all of a file.</param>
/// <param name="seeds">Sound files.</param>
internal sealed class Fuzzing(string name, Action<byte[]> read, params byte[][] seeds)
{
    private const int LongestMessage = 4000;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);

    /// <summary>Bytes that a reader may allocate whatever the file claims, and for each byte that the file has.</summary>
    private const long FreeMemory = 32 << 20;
    private const long MemoryOfByte = 256;

    /// <summary>Makes half of the mutants get past a checksum.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Reads so many mutants.</summary>
    public void Run(int mutants)
    {
        // A sound file is accepted; this also compiles the reader, which is no mutant's time.
        foreach (var seed in seeds) read(seed);
        if (Number("POSEENGINE_FUZZ_MUTANT") is { } only)
        {
            Try(only);
            return;
        }
        mutants = Number("POSEENGINE_FUZZ_MUTANTS") ?? mutants;
        var clock = Stopwatch.StartNew();
        var refused = 0;
        using var watch = new Watch(name);
        for (var mutant = 0; mutant < mutants; mutant++)
        {
            watch.Mutant = mutant;
            if (Try(mutant)) refused++;
        }
        TestContext.Out.WriteLine($"{name}: {mutants} mutants, {refused} refused, {clock.ElapsedMilliseconds} ms");
        Assert.That(refused, Is.GreaterThan(mutants / 20), "mutants that are hardly ever refused damage nothing");
    }

    private static int? Number(string variable)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private byte[] Mutant(int number)
    {
        var random = new RandomGenerator((ulong)number, RandomGenerator.Hash([.. name.Select(c => (ulong)c)]));
        var mutant = Mutator.Mutate(seeds[random.NextInt(seeds.Length)], random);
        return Repair is not null && random.NextInt(2) == 0 ? Repair(mutant) : mutant;
    }

    /// <summary>Whether the mutant was refused.</summary>
    private bool Try(int number)
    {
        var mutant = Mutant(number);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var (refusal, time) = Read(mutant, number);
        var memory = GC.GetAllocatedBytesForCurrentThread() - before;
        // A busy machine, not the reader, may have taken the time: only what is slow twice is slow.
        if (time > MostTime) time = Read(mutant, number).Time;
        if (time > MostTime) Fail(number, $"took {time.TotalSeconds:0.0} s");
        if (memory > FreeMemory + (MemoryOfByte * mutant.Length)) Fail(number, $"made the reader allocate {memory} bytes for a file of {mutant.Length}");
        if (refusal is not null && (refusal.Length == 0 || refusal.Length > LongestMessage || refusal.Contains('\n'))) Fail(number, $"is refused by no clear line: \"{refusal}\"");
        return refusal is not null;
    }

    private (string? Refusal, TimeSpan Time) Read(byte[] mutant, int number)
    {
        var clock = Stopwatch.StartNew();
        string? refusal = null;
        try
        {
            read(mutant);
        }
        catch (Exception e) when (e is UserErrorException or ModelFileException)
        {
            refusal = e.Message;
        }
        catch (Exception e)
        {
            Fail(number, $"lets an exception escape: {e}");
        }
        return (refusal, clock.Elapsed);
    }

    private void Fail(int number, string what) => Assert.Fail($"{name}, mutant {number} {what}");

    /// <summary>Names the mutant in which a reader never returns, since then no assertion is reached.</summary>
    private sealed class Watch : IDisposable
    {
        private readonly Timer _timer;
        private int _seen = -1;

        public Watch(string name) => _timer = new Timer(_ =>
        {
            if (_seen == Mutant) TestContext.Progress.WriteLine($"{name}, mutant {Mutant} has been read for 10 s");
            _seen = Mutant;
        }, null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));

        public int Mutant { get; set; }

        public void Dispose() => _timer.Dispose();
    }
}
