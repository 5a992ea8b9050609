using System.Runtime.InteropServices;
using PoseEngine.Expressions;

namespace PoseEngine.Experiments.Problems;

/// <summary>The samples of a user's files: inputs with their scale, targets, and the columns that constraints read.</summary>
internal sealed class NumberData
{
    private readonly NumberArray _inputs;

    private NumberData(NumberArray inputs, double[] targets) => (_inputs, Targets) = (inputs, targets);

    public int Count => _inputs.Rows;

    /// <summary>The shape of one input as the network sees it: D numbers, or channels, rows and columns.</summary>
    public Shape Input => _inputs.Bytes is null ? new Shape([.. _inputs.Shape[1..]]) : new Shape(_inputs.Shape[3], _inputs.Shape[1], _inputs.Shape[2]);

    public IReadOnlyList<string> Names => _inputs.Names ?? [];

    /// <summary>Numbers of an input that constraints can read as columns: all of a vector, none of an array.</summary>
    public int Readable => _inputs.Bytes is null && _inputs.Shape.Length <= 2 ? _inputs.Columns : 0;

    /// <summary>Names of what constraints can read, made up where the file gives none.</summary>
    public IReadOnlyList<string> ColumnNames => Readable == 0 ? [] : Names.Count > 0 ? Names : [.. Enumerable.Range(1, Readable).Select(i => $"x{i}")];

    /// <summary>All targets, row-major, in their own unit; empty where there are none.</summary>
    public double[] Targets { get; }

    public int Outputs => Targets.Length / Count;

    /// <summary>The columns that constraints read, once it is known that they do.</summary>
    public double[] Columns { get; private set; } = [];

    public int ColumnCount => Columns.Length / Count;

    /// <summary>Columns that constraints are the same within, once it is known that some are: their places among the inputs.</summary>
    public IReadOnlyList<int> GroupColumns { get; set; } = [];

    /// <summary>Mean and spread of the inputs; null leaves them as they are. Images are bytes and have none.</summary>
    public OutputScale? InputScale { get; set; }

    /// <summary>What targets are in the network's own units.</summary>
    public OutputScale? Scale { get; set; }

    /// <summary>Reads files of inputs and of targets, or inputs alone.</summary>
    /// <param name="names">The names of the targets where the file has them.</param>
    /// <exception cref="UserErrorException">A file is none, or they have different numbers of rows.</exception>
    public static NumberData Read(string inputs, string? targets, out IReadOnlyList<string>? names)
    {
        var x = Shaped(NumberFile.Read(inputs), inputs);
        names = null;
        if (targets is null) return new NumberData(x, []);
        var y = NumberFile.Read(targets);
        names = y.Names;
        if (y.Rows != x.Rows) throw new UserErrorException($"{targets} has {y.Rows} rows, {inputs} has {x.Rows}; each sample needs one of both");
        return new NumberData(x, y.Bytes is { } bytes ? Array.ConvertAll(bytes, b => (double)b) : y.Values);
    }

    /// <summary>The same inputs with as many columns as another set: C beside D.</summary>
    /// <exception cref="UserErrorException">They have other shapes or names.</exception>
    public static NumberData ReadMore(string inputs, NumberData like)
    {
        var more = new NumberData(Shaped(NumberFile.Read(inputs), inputs), []) { InputScale = like.InputScale, Scale = like.Scale, GroupColumns = like.GroupColumns };
        if (more.Input != like.Input) throw new UserErrorException($"{inputs}: inputs are {more.Input}, those of the problem are {like.Input}");
        if (!more.Names.SequenceEqual(like.Names))
            throw new UserErrorException($"{inputs}: the columns are {string.Join(", ", more.Names)}, those of the problem are {string.Join(", ", like.Names)}");
        if (like.Columns.Length > 0) more.KeepColumns();
        return more;
    }

    /// <summary>Makes the inputs the columns that constraints read.</summary>
    public void KeepColumns() => Columns = _inputs.Values;

    /// <summary>Mean and spread of inputs over some samples: of each number of a vector, of each channel of an array.</summary>
    public OutputScale? SpreadOfInputs(int[] indices)
        => _inputs.Bytes is not null ? null : OutputScale.OfSpread(_inputs.Values, _inputs.Columns, indices, _inputs.Shape.Length <= 2 ? _inputs.Columns : _inputs.Shape[1]);

    public OutputScale SpreadOfTargets(int[] indices) => OutputScale.OfSpread(Targets, Outputs, indices, Outputs);

    /// <summary>The bytes that a fingerprint is made of.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Bytes()
    {
        yield return _inputs.Bytes ?? MemoryMarshal.AsBytes(_inputs.Values.AsSpan()).ToArray();
        yield return MemoryMarshal.AsBytes(Targets.AsSpan()).ToArray();
    }

    /// <summary>Some samples as training takes them.</summary>
    public ISampleSource SourceOf(int[] indices)
    {
        var targets = Rows(Targets, Outputs, indices);
        for (var i = 0; i < targets.Length; i++) targets[i] = Scale!.FromTarget(i % Outputs, targets[i]);
        if (_inputs.Bytes is { } bytes) return new ByteImages(bytes, new Shape([.. _inputs.Shape[1..]]), indices, targets);
        var columns = _inputs.Columns;
        var inputs = Rows(_inputs.Values, columns, indices);
        var each = InputScale is null ? 1 : columns / InputScale.Means.Count;
        for (var i = 0; InputScale is not null && i < inputs.Length; i++) inputs[i] = InputScale.FromTarget(i % columns / each, inputs[i]);
        return new ArraySource<double>(inputs, Input, targets.Length > 0 ? targets : null, Columns.Length > 0 ? Rows(Columns, ColumnCount, indices) : null)
        {
            Groups = Groups(indices),
        };
    }

    /// <summary>Groups of some samples [N, K]: equal numbers in a column are one group.</summary>
    private int[] Groups(int[] indices)
    {
        var groups = new int[indices.Length * GroupColumns.Count];
        for (var grouping = 0; grouping < GroupColumns.Count; grouping++)
        {
            var numbers = new Dictionary<double, int>();
            for (var i = 0; i < indices.Length; i++)
            {
                var value = _inputs.Values[(indices[i] * _inputs.Columns) + GroupColumns[grouping]];
                numbers.TryAdd(value, numbers.Count);
                groups[(i * GroupColumns.Count) + grouping] = numbers[value];
            }
        }
        return groups;
    }

    public NumberSamples All() => new(this, [.. Enumerable.Range(0, Count)]);

    /// <summary>Some rows of a row-major array.</summary>
    public static double[] Rows(double[] all, int width, int[] indices)
    {
        var rows = new double[indices.Length * width];
        for (var i = 0; i < indices.Length; i++) all.AsSpan(indices[i] * width, width).CopyTo(rows.AsSpan(i * width));
        return rows;
    }

    private static NumberArray Shaped(NumberArray inputs, string file)
    {
        var shape = inputs.Shape;
        if (inputs.Bytes is not null && shape.Length == 3) return inputs with { Shape = [.. shape, 1] };
        if (inputs.Bytes is not null && shape.Length == 2) return inputs with { Bytes = null, Values = Array.ConvertAll(inputs.Bytes, b => (double)b) };
        if (shape.Length == 1) return inputs with { Shape = [shape[0], 1] };
        return shape.Length is 2 or 4 ? inputs
            : throw new UserErrorException($"{file} has shape ({string.Join(", ", shape)}); inputs are N x numbers, N x channels x rows x columns of numbers, or N x rows x columns x colours of uint8");
    }

    private sealed class ByteImages(byte[] bytes, Shape image, int[] indices, double[] targets) : IImageSource
    {
        public int Count => indices.Length;
        public Shape Image => image;
        public int Outputs => targets.Length / indices.Length;

        public void CopyImage(int index, Span<byte> destination) => bytes.AsSpan(indices[index] * image.Count, image.Count).CopyTo(destination);

        public void CopyTarget(int index, Span<double> target) => targets.AsSpan(index * target.Length, target.Length).CopyTo(target);
    }
}
