using PoseEngine.Tests.Experiments.Reports;

namespace PoseEngine.Tests;

public sealed class AtomicFileTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void Open() => _folder = new TempFolder();

    [TearDown]
    public void Close() => _folder.Dispose();

    [Test]
    public void AFailureLeavesTheFileBeforeAndNothingElse()
    {
        var path = _folder.At("numbers.txt");
        AtomicFile.WriteText(path, "é1");
        Assert.That(
            () => AtomicFile.Write(path, stream =>
            {
                stream.WriteByte(65);
                throw new InvalidOperationException("half way");
            }),
            Throws.InvalidOperationException.With.Message.EqualTo("half way"));
        Assert.That(() => AtomicFile.Write(path, stream => stream.WriteByte(65), overwrite: false), Throws.InstanceOf<IOException>());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 0xc3, 0xa9, 0x31 }), "UTF-8 without a mark");
            Assert.That(Directory.EnumerateFileSystemEntries(_folder.Path), Is.EqualTo(new[] { path }));
        }
        AtomicFile.WriteBytes(path, [7]);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 7 }));
    }

    [Test]
    public void OfManyThatWriteToAFreeNameAtOnceOneWins()
    {
        const int writers = 4;
        for (var round = 0; round < 50; round++)
        {
            var path = _folder.At($"{round}");
            using var gate = new Barrier(writers);
            var won = new bool[writers];
            var threads = Enumerable.Range(0, writers).Select(i => new Thread(() =>
            {
                gate.SignalAndWait();
                try
                {
                    AtomicFile.Write(path, stream => stream.WriteByte((byte)i), overwrite: false);
                    won[i] = true;
                }
                catch (IOException)
                {
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.That(won.Count(one => one), Is.EqualTo(1), $"round {round}");
            Assert.That(won[File.ReadAllBytes(path).Single()], "what it says is the winner's");
        }
        Assert.That(Directory.EnumerateFiles(_folder.Path).Count(), Is.EqualTo(50), "nothing is left behind");
    }
}
