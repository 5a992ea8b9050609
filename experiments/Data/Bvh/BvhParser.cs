namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>Reads BVH text. The tree is read with an explicit stack (a hostile file cannot exhaust the call stack), and nothing is
/// allocated from a number that the file claims: memory follows what was really read, up to fixed limits.</summary>
internal sealed class BvhParser(TextReader reader, string name)
{
    private const int MaxJoints = 2048;
    private const int MaxDepth = 128;
    private const int MaxChannels = 6;
    private const int MaxValues = 20_000_000;
    private const double MaxMagnitude = 1e9;
    private readonly BvhTokenizer _text = new(reader, name);
    private readonly List<JointDraft> _joints = [];
    private readonly Dictionary<string, int> _lineOfName = new(StringComparer.Ordinal);
    private int _channelCount;

    private sealed class JointDraft(string name, int parent, bool isEndSite, int line)
    {
        public string Name => name;
        public int Line => line;
        public bool IsEndSite => isEndSite;
        public Vec3? Offset { get; set; }
        public BvhChannel[]? Channels { get; set; }
        public int FirstChannel { get; set; }
        public BvhJoint Finish() => new(name, parent, Offset!.Value, Channels ?? [], FirstChannel, isEndSite);
    }

    public BvhFile Parse()
    {
        if (!_text.Next()) throw _text.Error("the file is empty; a BVH file begins with HIERARCHY");
        CheckWord("HIERARCHY", "a BVH file begins with it");
        Expect("ROOT", "one root joint comes first");
        ReadTree();
        Expect("MOTION", "it follows the closing brace of the root, and there is one root only");
        if (_channelCount == 0) throw _text.Error("no joint has a channel, so there is no motion to read");
        var frames = ReadFrameCount();
        var frameTime = ReadFrameTime();
        var values = ReadFrames(frames);
        return new BvhFile(name, _joints.ConvertAll(joint => joint.Finish()), frameTime, _channelCount, values);
    }

    private void ReadTree()
    {
        var open = new Stack<int>();
        Open(open, isEndSite: false);
        while (open.Count > 0)
        {
            var joint = _joints[open.Peek()];
            if (!_text.Next()) throw _text.Error($"the file ends inside joint {joint.Name}, opened on line {joint.Line}; a closing brace is missing");
            if (Is("OFFSET")) ReadOffset(joint);
            else if (Is("CHANNELS")) ReadChannels(joint);
            else if (Is("JOINT")) Open(open, isEndSite: false);
            else if (Is("End")) Open(open, isEndSite: true);
            else if (Is("}")) Close(_joints[open.Pop()]);
            else throw _text.Error($"{_text.Quoted()} inside joint {joint.Name}; expected OFFSET, CHANNELS, JOINT, End Site or a brace");
        }
    }

    private void Open(Stack<int> open, bool isEndSite)
    {
        var rest = _text.RestOfLine();
        var line = _text.TokenLine;
        var parent = open.Count == 0 ? -1 : open.Peek();
        if (parent >= 0 && _joints[parent].IsEndSite) throw _text.Error("an End Site cannot have children");
        if (open.Count == MaxDepth) throw _text.Error($"joints are nested deeper than the limit of {MaxDepth}");
        if (_joints.Count == MaxJoints) throw _text.Error($"more than {MaxJoints} joints, which is the limit");
        var jointName = isEndSite ? FreeEndName(_joints[parent].Name) : rest;
        if (jointName.Length == 0) throw _text.Error("a joint without a name");
        if (_lineOfName.TryGetValue(jointName, out var first))
            throw _text.Error($"a second joint named {jointName} (the first is on line {first}); rename one of them");
        _lineOfName.Add(jointName, line);
        Expect("{", $"it opens the block of joint {jointName}");
        open.Push(_joints.Count);
        _joints.Add(new JointDraft(jointName, parent, isEndSite, line));
    }

    /// <summary>A joint may have several End Sites; the second is called "Hand_End2".</summary>
    private string FreeEndName(string parent)
    {
        var free = parent + "_End";
        for (var i = 2; _lineOfName.ContainsKey(free); i++) free = $"{parent}_End{i}";
        return free;
    }

    private void Close(JointDraft joint)
    {
        if (joint.Offset is null) throw _text.Error($"joint {joint.Name} has no OFFSET line");
        if (joint.Channels is null && !joint.IsEndSite)
            throw _text.Error($"joint {joint.Name} has no CHANNELS line; write CHANNELS 0 if it does not move");
    }

    private void ReadOffset(JointDraft joint)
    {
        if (joint.Offset is not null) throw _text.Error($"a second OFFSET in joint {joint.Name}");
        joint.Offset = new Vec3(ReadNumber("OFFSET"), ReadNumber("OFFSET"), ReadNumber("OFFSET"));
    }

    private void ReadChannels(JointDraft joint)
    {
        if (joint.IsEndSite) throw _text.Error("an End Site cannot have CHANNELS");
        if (joint.Channels is not null) throw _text.Error($"a second CHANNELS in joint {joint.Name}");
        if (!_text.Next() || !int.TryParse(_text.Token, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > MaxChannels)
            throw _text.Error($"{_text.Quoted()} channels in joint {joint.Name}; expected a number from 0 to {MaxChannels}");
        var channels = new BvhChannel[count];
        for (var i = 0; i < count; i++) channels[i] = ReadChannel(channels.AsSpan(0, i), joint.Name);
        joint.Channels = channels;
        joint.FirstChannel = _channelCount;
        _channelCount += count;
    }

    private BvhChannel ReadChannel(ReadOnlySpan<BvhChannel> before, string joint)
    {
        // Enum.TryParse would accept "3" as a channel, hence the test for a letter.
        if (!_text.Next() || !char.IsLetter(_text.Token[0])
            || !Enum.TryParse<BvhChannel>(_text.Token, ignoreCase: true, out var channel) || !Enum.IsDefined(channel))
        {
            throw _text.Error($"{_text.Quoted()} is not a channel of joint {joint}; expected Xposition .. Zrotation, as many as announced");
        }
        if (before.Contains(channel)) throw _text.Error($"channel {_text.Token} twice in joint {joint}");
        return channel;
    }

    private long ReadFrameCount()
    {
        var value = ReadHeaderLine("Frames");
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var frames) || frames <= 0)
            throw _text.Error($"Frames: '{value}' is not a positive whole number");
        return frames;
    }

    private double ReadFrameTime()
    {
        var value = ReadHeaderLine("Frame Time");
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) || !(seconds is >= 1e-4 and <= 1))
            throw _text.Error($"Frame Time: '{value}' is not a number of seconds from 0.0001 to 1");
        return seconds;
    }

    /// <summary>Reads "Key: value"; the colon may have blanks on either side or be absent.</summary>
    private string ReadHeaderLine(string key)
    {
        if (!_text.Next()) throw _text.Error($"the file ends where '{key}:' was expected");
        var line = new string(_text.Token);
        line = $"{line} {_text.RestOfLine()}";
        if (!line.StartsWith(key, StringComparison.OrdinalIgnoreCase))
            throw _text.Error($"expected '{key}:', found '{line[..Math.Min(line.Length, 40)].Trim()}'");
        return line[key.Length..].Trim().TrimStart(':').Trim();
    }

    private double[] ReadFrames(long frames)
    {
        var values = new List<double>();
        var line = _text.TokenLine;
        for (long frame = 0; frame < frames; frame++) line = ReadFrame(values, frame, frames, line);
        if (_text.Next()) throw _text.Error($"{_text.Quoted()} after the last of {frames} frames; correct the Frames line or remove the rest");
        return [.. values];
    }

    /// <summary>One frame is one line: only so can a lost number be noticed where it was lost.</summary>
    private int ReadFrame(List<double> values, long frame, long frames, int previousLine)
    {
        if (values.Count + _channelCount > MaxValues)
            throw _text.Error($"more than {MaxValues} motion values, which is the limit; cut the clip into shorter ones");
        var line = 0;
        for (var i = 0; i < _channelCount; i++)
        {
            if (!_text.Next())
            {
                throw _text.Error($"the file ends after {frame} of {frames} frames"
                    + (i > 0 ? $" and {i} of {_channelCount} values" : "") + "; correct the Frames line or fetch the file again");
            }
            if (i == 0) line = _text.TokenLine;
            if (_text.TokenLine != line) throw _text.Error($"frame {frame} has {i} values, the channels are {_channelCount}", line);
            if (line == previousLine) throw _text.Error($"more than {_channelCount} values on the line before frame {frame}");
            values.Add(ParseNumber("frame"));
        }
        return line;
    }

    private bool Is(string word) => _text.Token.Equals(word, StringComparison.OrdinalIgnoreCase);

    private void Expect(string word, string why)
    {
        if (!_text.Next()) throw _text.Error($"the file ends where {word} was expected; {why}");
        CheckWord(word, why);
    }

    private void CheckWord(string word, string why)
    {
        if (!Is(word)) throw _text.Error($"expected {word}, found {_text.Quoted()}; {why}");
    }

    private double ReadNumber(string what)
    {
        if (!_text.Next()) throw _text.Error($"the file ends inside {what}");
        return ParseNumber(what);
    }

    private double ParseNumber(string what)
    {
        // The comparison is also false for NaN.
        return double.TryParse(_text.Token, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && Math.Abs(value) <= MaxMagnitude
            ? value : throw _text.Error($"{_text.Quoted()} in {what} is not a finite number within {MaxMagnitude:0e+0}");
    }
}
