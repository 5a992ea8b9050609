namespace PoseEngine.Experiments.Data.Formats;

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
            Step(opcode);
        }
    }

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x95: _ = _source.Int64(); break;
            case (byte)'(': SetMark(); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)_source.Int32()); break;
            case (byte)'K': Push((long)_source.Byte()); break;
            case (byte)'M': Push((long)_source.UInt16()); break;
            case 0x8a: Push(_source.LongNumber(_source.Byte())); break;
            case 0x8b: Push(_source.LongNumber(_source.UInt32())); break;
            case (byte)'G': Push(_source.Float64()); break;
            case (byte)'X': Push(_source.Text(_source.UInt32())); break;
            case 0x8c: Push(_source.Text(_source.Byte())); break;
            case 0x8d: Push(_source.Text(_source.Int64())); break;
            case (byte)'B': Push(_source.Take(_source.UInt32()).ToArray()); break;
            case (byte)'C': Push(_source.Take(_source.Byte()).ToArray()); break;
            case 0x8e or 0x96: Push(_source.Take(_source.Int64()).ToArray()); break;
            // The texts of Python 2, which are bytes; names are ASCII in them.
            case (byte)'U': Push(System.Text.Encoding.Latin1.GetString(_source.Take(_source.Byte()))); break;
            case (byte)'T': Push(System.Text.Encoding.Latin1.GetString(_source.Take(_source.UInt32()))); break;
            default: StepContainer(opcode); break;
        }
    }

    private void StepContainer(byte opcode)
    {
        switch (opcode)
        {
            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85: Push(Last(1)); break;
            case 0x86: Push(Last(2)); break;
            case 0x87: Push(Last(3)); break;
            case (byte)'t': Push(SinceMark()); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'}': Push(new Dictionary<object, object?>()); break;
            case (byte)'a': Append(Last(1)); break;
            case (byte)'e': Append(SinceMark()); break;
            case (byte)'s': SetItems(Last(2)); break;
            case (byte)'u': SetItems(SinceMark()); break;
            default: StepMemoOrCall(opcode); break;
        }
    }

    private void StepMemoOrCall(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'q': Keep(_source.Byte()); break;
            case (byte)'r': Keep(_source.UInt32()); break;
            case 0x94: Keep((uint)_memo.Count); break;
            case (byte)'h': Push(Kept(_source.Byte())); break;
            case (byte)'j': Push(Kept(_source.UInt32())); break;
            case (byte)'c': Push(_globals.Find(_source.Line(), _source.Line())); break;
            case 0x93:
                if (Last(2) is not [string module, string item]) throw _source.Damaged("a name is not a text");
                Push(_globals.Find(module, item));
                break;
            case (byte)'R':
                if (Last(2) is not [PickleGlobal global, object?[] arguments]) throw _source.Damaged("it calls something that is not a name on the list");
                Push(_globals.Call(global, arguments));
                break;
            case (byte)'b':
                var state = Pop();
                _globals.Build(Top(), state);
                break;
            default:
                throw _source.Damaged($"the operation 0x{opcode:X2} is not one that arrays of numbers need");
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
