using System.Text;
using PoseEngine.Formats;

namespace PoseEngine.Tests.Formats;

public class UnpicklerTests
{
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(5)]
    public void ReadsTheDictionaryOfNumpy(int protocol) => CheckDictionary(Read(Numpy($"numpy-dictionary-protocol{protocol}.pkl")));

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(5)]
    public void ReadsTheNewNamesOfNumpy2(int protocol)
    {
        // A dot before "core" is a character more: where names carry their length, it grows by one too.
        var text = Encoding.Latin1.GetString(Numpy($"numpy-dictionary-protocol{protocol}.pkl"));
        var renamed = text.Replace("\u0015numpy.core.multiarray", "\u0016numpy._core.multiarray").Replace("\u0012numpy.core.numeric", "\u0013numpy._core.numeric")
            .Replace("cnumpy.core.multiarray", "cnumpy._core.multiarray");
        Assert.That(renamed, Does.Contain("numpy._core").And.Not.Contain("numpy.core"));
        CheckDictionary(Read(Encoding.Latin1.GetBytes(renamed)));
    }

    [TestCase(2)]
    [TestCase(4)]
    public void ReadsValuesOfNumpyAndPython(int protocol)
    {
        var values = (Dictionary<object, object?>)Read(Numpy($"numpy-values-protocol{protocol}.pkl"))!;
        Assert.That(values["f"], Is.EqualTo(1.5));
        Assert.That(values["i"], Is.EqualTo(-7L));
        Assert.That(values["b"], Is.EqualTo(true));
        Assert.That(values["s"], Is.EqualTo("abc"));
        Assert.That(values["t"], Is.EqualTo(new object?[] { 1L, -2L, 3.5, null, true }));
        Assert.That(values["l"], Is.EqualTo(new object?[] { 1L << 40, "x", "yz"u8.ToArray() }));
        Assert.That(((NpyArray)values["e"]!).Shape, Is.EqualTo(new long[] { 0, 3 }));
        Assert.That(((NpyArray)values["o"]!).Pickled, Is.EqualTo(new object?[] { "p", 2L }));
        Assert.That(((NpyArray)values["n"]!).ToStrings(), Is.EqualTo(new[] { "ab", "c" }));
    }

    [Test]
    public void ReadsTheBytesOfPython2()
    {
        // As cPickle wrote them: texts are bytes, and kept objects are numbered from 1.
        var file = Pickle(2, "}q\u0001U\u0002S1q\u0002", "cnumpy.core.multiarray\n_reconstruct\nq\u0003(cnumpy\nndarray\nq\u0004K\0\u0085U\u0001btRq\u0005(K\u0001K\u0002\u0085",
            "cnumpy\ndtype\nq\u0006(U\u0002u1K\0K\u0001tRq\u0007(K\u0003U\u0001|NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tb\u0089U\u0002\u0001\u00fftbs.");
        var dictionary = (Dictionary<object, object?>)Read(file)!;
        Assert.That(((NpyArray)dictionary["S1"]!).ToDoubles(), Is.EqualTo(new double[] { 1, 255 }));
    }

    [TestCase("cos\nsystem\nU\u0002ls\u0085R.", "os.system")]
    [TestCase("\u008c\u0002os\u008c\u0006system\u0093U\u0002ls\u0085R.", "os.system")]
    [TestCase("cposix\nsystem\n.", "posix.system")]
    [TestCase("cbuiltins\neval\n.", "builtins.eval")]
    [TestCase("c__builtin__\ngetattr\n.", "__builtin__.getattr")]
    [TestCase("cnumpy\nload\n.", "numpy.load")]
    [TestCase("cnumpy.core.multiarray\nfromfile\n.", "fromfile")]
    [TestCase("ccopyreg\n_reconstructor\n.", "copyreg")]
    [TestCase("cnumpy.\u001b[31m\nx\n.", "numpy.?[31m.x")]
    public void NamesOutsideTheListAreRefusedByName(string body, string name)
        => Assert.That(() => Read(Pickle(4, body)), Throws.TypeOf<UserErrorException>().With.Message.Contains(name));

    [TestCase("U\u0002osU\u0002ls\u0085R.", TestName = "a text is called")]
    [TestCase("c_codecs\nencode\nU\u0002lsU\u0003hex\u0086R.", TestName = "another coder")]
    [TestCase("cnumpy.core.multiarray\n_reconstruct\nc_codecs\nencode\n)U\u0001b\u0087R.", TestName = "another class")]
    [TestCase("cnumpy\ndtype\nU\u0002V8\u0085R.", TestName = "a structured type")]
    [TestCase("cnumpy\nndarray\n.", TestName = "a bare class")]
    [TestCase("cnumpy\ndtype\nU\u0002f4\u0085R.", TestName = "a bare type")]
    [TestCase("cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n)U\u0001b\u0087R.", TestName = "an array without contents")]
    [TestCase("}}b.", TestName = "a state for a dictionary")]
    [TestCase("ccopyreg\n_reconstructor\n\u0081.", TestName = "an object made anew")]
    [TestCase("P1\n.", TestName = "a persistent object")]
    [TestCase("\u0097.", TestName = "bytes from elsewhere")]
    [TestCase("(.", TestName = "an open mark")]
    [TestCase("(K\u0001a.", TestName = "an operand below a mark")]
    [TestCase(".", TestName = "nothing")]
    [TestCase("K\u0001K\u0002s.", TestName = "an item of nothing")]
    [TestCase("}]K\u0002s.", TestName = "a list as a key")]
    [TestCase("}(K\u0001u.", TestName = "a key without a value")]
    [TestCase("h\u0005.", TestName = "an object that was not kept")]
    [TestCase("Nr\u00ff\u00ff\u00ff\u00ff.", TestName = "an object kept far away")]
    [TestCase("\u008a\u00ff.", TestName = "a long number that is cut off")]
    [TestCase("\u008a\u0009\0\0\0\0\0\0\0\0\u0001.", TestName = "a long number beyond 64 bits")]
    [TestCase("\u008b\u00ff\u00ff\u00ff\u007f.", TestName = "a long number of 2 GB")]
    [TestCase("\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f.", TestName = "bytes of 2^63")]
    [TestCase("\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff.", TestName = "bytes of 2^64")]
    [TestCase("\u0096\0\0\0\u0080\0\0\0\0.", TestName = "a byte array of 2 GB")]
    [TestCase("\u008d\0\0\0\u0080\0\0\0\0.", TestName = "a text of 2 GB")]
    [TestCase("X\u0002\0\0\0\u00c3\u0028.", TestName = "a text that is not UTF-8")]
    [TestCase("B\u00ff\u00ff\u00ff\u00ff.", TestName = "bytes of 4 GB")]
    [TestCase("]q\0h\0a.", TestName = "a list that holds itself")]
    [TestCase("]q\0h\0\u0085a.", TestName = "a list that holds itself in a tuple")]
    [TestCase("}q\0U\u0001ah\0s.", TestName = "a dictionary that holds itself")]
    public void DamageIsRefused(string body)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => Read(Pickle(2, body)), Throws.TypeOf<UserErrorException>().With.Message.Contains("test.pkl").And.Message.Not.Contains("\n"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void AMemoBombIsRefused()
    {
        // Each list holds the one before twice: a hundred of them unfold to 2^100.
        var bomb = new StringBuilder("]q\0");
        for (var i = 1; i <= 50; i++) bomb.Append($"](h{(char)(i - 1)}h{(char)(i - 1)}eq{(char)i}");
        Assert.That(() => Read(Pickle(2, bomb.Append('.').ToString())), Throws.TypeOf<UserErrorException>().With.Message.Contains("unfolds"));
    }

    [Test]
    public void BytesMadeAgainAndAgainAreRefused()
    {
        // A text of 60 kB turned to bytes 5,000 times would be 300 MB.
        var text = new string('a', 60_000);
        var body = new StringBuilder($"(X\u0060\u00ea\0\0{text}q\0c_codecs\nencode\nq\u0001U\u0006latin1q\u0002");
        for (var i = 0; i < 5000; i++) body.Append("h\u0001h\0h\u0002\u0086R");
        Assert.That(() => Read(Pickle(2, body.Append("l.").ToString())), Throws.TypeOf<UserErrorException>().With.Message.Contains("again and again"));
    }

    [TestCase(70)]
    [TestCase(100_000)]
    public void DeepNestingIsRefused(int depth)
    {
        Assert.That(() => Read(Pickle(2, "N" + new string('\u0085', depth) + ".")), Throws.TypeOf<UserErrorException>().With.Message.Contains("deeper"));
        Assert.That(() => Read(Pickle(2, new string('(', depth) + new string('t', depth) + ".")), Throws.TypeOf<UserErrorException>());
        Assert.That(Read(Pickle(2, "N" + new string('\u0085', 60) + ".")), Is.Not.Null);
    }

    [Test]
    public void DeepNestingThroughSharedObjectsIsRefused()
    {
        // Ninety levels in two parts, of which the lower is met first by a short way.
        var body = "(N" + new string('\u0085', 45) + "q\0h\0" + new string('\u0085', 45) + "t.";
        Assert.That(() => Read(Pickle(2, body)), Throws.TypeOf<UserErrorException>().With.Message.Contains("deeper"));
    }

    [Test]
    public void AnArrayMustHaveTheBytesOfItsShape()
    {
        var file = Numpy("numpy-dictionary-protocol4.pkl");
        var shape = file.AsSpan().IndexOf((byte[])[(byte)'K', 2, (byte)'K', 2, (byte)'K', 3]);
        file[shape + 1] = 3;
        Assert.That(() => Read(file), Throws.TypeOf<UserErrorException>().With.Message.Contains("needs"));
    }

    [TestCase("numpy-dictionary-protocol2.pkl")]
    [TestCase("numpy-values-protocol4.pkl")]
    [TestCase("numpy-dictionary-protocol5.pkl")]
    public void EveryTruncationIsRefused(string name)
    {
        var file = Numpy(name);
        for (var length = 0; length < file.Length; length++)
            Assert.That(() => Read(file[..length]), Throws.TypeOf<UserErrorException>(), $"cut to {length}");
    }

    /// <summary>The dictionary that the files of numpy hold: subject, action, positions.</summary>
    internal static void CheckDictionary(object? root)
    {
        var subjects = (Dictionary<object, object?>)root!;
        Assert.That(subjects.Keys, Is.EqualTo(new[] { "S1", "S11" }));
        var first = (Dictionary<object, object?>)subjects["S1"]!;
        double[] values = [.. Enumerable.Range(0, 12).Select(i => i / 4.0)];
        Check(first["Walking 1"], [2, 2, 3], values);
        Check(first["Walking"], [2, 2, 3], [.. values.Select(v => v + 1)]);
        Check(((Dictionary<object, object?>)subjects["S11"]!)["Walking 1"], [1, 2, 3], [.. values[..6].Select(v => 2 * v)]);
    }

    private static void Check(object? array, long[] shape, double[] values)
    {
        Assert.That(((NpyArray)array!).Shape, Is.EqualTo(shape));
        Assert.That(((NpyArray)array).ToDoubles(), Is.EqualTo(values));
    }

    private static byte[] Pickle(byte protocol, params string[] body) => [0x80, protocol, .. Encoding.Latin1.GetBytes(string.Concat(body))];

    private static byte[] Numpy(string name) => File.ReadAllBytes(NpzArchiveTests.TestData(name));

    private static object? Read(byte[] pickle) => Unpickler.Read(pickle, "test.pkl");
}
