using System.Text;

namespace PoseEngine.Formats;

/// <summary>Reads Python pickles of protocols 2 to 5 as far as numpy needs them: dictionaries, lists, tuples, texts, numbers, bytes and
/// arrays. It is a reader of data: names outside a short list are refused and nothing of the file is run.</summary>
/// <remarks>Results are Dictionary&lt;object, object?&gt;, List&lt;object?&gt;, object?[] for tuples, string, long, double, bool, byte[],
/// null and <see cref="NpyArray"/>. Objects may be shared as in Python; they contain no cycles and unfold to a bounded number.</remarks>
public sealed class Unpickler
{
    private const int MaximumObjects = 16_000_000;
    private const int MaximumMarks = 1000;

    // Keys that are numbers can be chosen to collide; this many cost little even so.
    private const int MaximumNumberKeys = 4096;

    /// <summary>The operations that arrays of numbers need.</summary>
    private static readonly Dictionary<int, Action<Unpickler>> Operations = new()
    {
        [0x95] = r => r._source.Int64(),
        ['('] = r => r.SetMark(),
        ['N'] = r => r.Push(null),
        [0x88] = r => r.Push(true),
        [0x89] = r => r.Push(false),
        ['J'] = r => r.Push((long)r._source.Int32()),
        ['K'] = r => r.Push((long)r._source.Byte()),
        ['M'] = r => r.Push((long)r._source.UInt16()),
        [0x8a] = r => r.Push(r._source.LongNumber(r._source.Byte())),
        [0x8b] = r => r.Push(r._source.LongNumber(r._source.UInt32())),
        ['G'] = r => r.Push(r._source.Float64()),
        ['X'] = r => r.Push(r._source.Text(r._source.UInt32())),
        [0x8c] = r => r.Push(r._source.Text(r._source.Byte())),
        [0x8d] = r => r.Push(r._source.Text(r._source.Int64())),
        ['B'] = r => r.Push(r._source.Take(r._source.UInt32()).ToArray()),
        ['C'] = r => r.Push(r._source.Take(r._source.Byte()).ToArray()),
        [0x8e] = r => r.Push(r._source.Take(r._source.Int64()).ToArray()),
        [0x96] = r => r.Push(r._source.Take(r._source.Int64()).ToArray()),
        // The texts of Python 2, which are bytes; names are ASCII in them.
        ['U'] = r => r.Push(Encoding.Latin1.GetString(r._source.Take(r._source.Byte()))),
        ['T'] = r => r.Push(Encoding.Latin1.GetString(r._source.Take(r._source.UInt32()))),
        [')'] = r => r.Push(Array.Empty<object?>()),
        [0x85] = r => r.Push(r.Last(1)),
        [0x86] = r => r.Push(r.Last(2)),
        [0x87] = r => r.Push(r.Last(3)),
        ['t'] = r => r.Push(r.SinceMark()),
        [']'] = r => r.Push(new List<object?>()),
        ['}'] = r => r.Push(new Dictionary<object, object?>()),
        ['a'] = r => r.Append(r.Last(1)),
        ['e'] = r => r.Append(r.SinceMark()),
        ['s'] = r => r.SetItems(r.Last(2)),
        ['u'] = r => r.SetItems(r.SinceMark()),
        ['q'] = r => r.Keep(r._source.Byte()),
        ['r'] = r => r.Keep(r._source.UInt32()),
        [0x94] = r => r.Keep((uint)r._memo.Count),
        ['h'] = r => r.Push(r.Kept(r._source.Byte())),
        ['j'] = r => r.Push(r.Kept(r._source.UInt32())),
        ['c'] = r => r.Push(r._globals.Find(r._source.Line(), r._source.Line())),
        [0x93] = r => r.Push(r.Last(2) is [string module, string item] ? r._globals.Find(module, item) : throw r._source.Damaged("a name is not a text")),
        ['R'] = r => r.Push(r.Last(2) is [PickleGlobal global, object?[] arguments] ? r._globals.Call(global, arguments)
            : throw r._source.Damaged("it calls something that is not a name on the list")),
        ['b'] = r =>
        {
            var state = r.Pop();
            r._globals.Build(r.Top(), state);
        },
    };

    private static readonly object Unset = new();
    private readonly PickleBytes _source;
    private readonly PickleGlobals _globals;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];

    // What is kept to be named again. Writers number it from 0 or from 1 on, so a number far beyond the list is damage.
    private readonly List<object?> _memo = [];
    private int _objects;
    private int _numberKeys;

    private Unpickler(ReadOnlyMemory<byte> pickle, string name)
    {
        _source = new PickleBytes(pickle, name);
        _globals = new PickleGlobals(_source, name);
    }

    public static object? Read(ReadOnlyMemory<byte> pickle, string name)
    {
        var reader = new Unpickler(pickle, name);
        var root = reader.Run();
        PickleGraph.Check(root, name);
        return root;
    }

    private object? Run()
    {
        if (_source.Byte() != 0x80) throw _source.Damaged("it does not begin as a pickle of protocol 2 to 5");
        var protocol = _source.Byte();
        if (protocol is < 2 or > 5) throw _source.Damaged($"it has protocol {protocol}, known are 2 to 5");
        while (true)
        {
            var opcode = _source.Byte();
            if (opcode == (byte)'.') return _marks.Count == 0 ? Pop() : throw _source.Damaged("it ends within a list");
            if (!Operations.TryGetValue(opcode, out var operation)) throw _source.Damaged($"the operation 0x{opcode:X2} is not one that arrays of numbers need");
            operation(this);
        }
    }

    private void Keep(uint key)
    {
        var value = Top();
        if (key > _memo.Count + 1) throw _source.Damaged($"it keeps object {key} after {_memo.Count} others");
        while (_memo.Count <= key) _memo.Add(Unset);
        _memo[(int)key] = value;
    }

    private object? Kept(uint key) => key < _memo.Count && !ReferenceEquals(_memo[(int)key], Unset) ? _memo[(int)key]
        : throw _source.Damaged($"it recalls object {key}, which was never kept");

    private void Push(object? value)
    {
        if (++_objects > MaximumObjects) throw _source.Damaged($"it has more than {MaximumObjects} objects, which is the limit");
        _stack.Add(value);
    }

    private object? Top()
    {
        // What lies below a mark is out of reach until the mark is used.
        if (_stack.Count <= (_marks.Count == 0 ? 0 : _marks[^1])) throw _source.Damaged("an operation lacks its operand");
        return _stack[^1];
    }

    private object? Pop()
    {
        var top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object?[] Last(int count)
    {
        var taken = new object?[count];
        for (var i = count - 1; i >= 0; i--) taken[i] = Pop();
        return taken;
    }

    private void SetMark()
    {
        if (_marks.Count == MaximumMarks) throw _source.Damaged($"it is nested deeper than {MaximumMarks}, which is the limit");
        _marks.Add(_stack.Count);
    }

    private object?[] SinceMark()
    {
        if (_marks.Count == 0) throw _source.Damaged("an operation lacks the mark where it begins");
        var from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var taken = _stack.GetRange(from, _stack.Count - from).ToArray();
        _stack.RemoveRange(from, _stack.Count - from);
        return taken;
    }

    private void Append(object?[] items)
    {
        if (Top() is not List<object?> list) throw _source.Damaged("it appends to something that is no list");
        list.AddRange(items);
    }

    private void SetItems(object?[] pairs)
    {
        if (Top() is not Dictionary<object, object?> dictionary || pairs.Length % 2 != 0)
            throw _source.Damaged("it sets an item of something that is no dictionary");
        for (var i = 0; i < pairs.Length; i += 2)
        {
            if (pairs[i] is not (string or long or double or bool)) throw _source.Damaged("a key is neither a text nor a number");
            if (pairs[i] is not string && ++_numberKeys > MaximumNumberKeys)
                throw _source.Damaged($"it has more than {MaximumNumberKeys} keys that are numbers, which is the limit");
            dictionary[pairs[i]!] = pairs[i + 1];
        }
    }
}
