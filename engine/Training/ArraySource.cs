using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Samples in memory: rows of numbers, with targets and per-sample constants where there are any.</summary>
public sealed class ArraySource<T> : INumberSource
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _inputs;
    private readonly T[] _targets;
    private readonly T[] _columns;

    /// <summary>Samples whose arrays are read whenever a batch is gathered; they are not copied.</summary>
    /// <param name="inputs">[N, ...], row-major.</param>
    /// <param name="input">The shape of one input.</param>
    /// <param name="targets">[N, outputs] in any unit, or null where there are none.</param>
    /// <param name="columns">Constants of constraints c(x, y) [N, K], or null.</param>
    /// <exception cref="ArgumentException">An array holds no whole number of samples.</exception>
    public ArraySource(T[] inputs, Shape input, T[]? targets = null, T[]? columns = null)
    {
        (_inputs, _targets, _columns, Input) = (inputs, targets ?? [], columns ?? [], input);
        Count = inputs.Length / input.Count;
        Guard.Equal(inputs.Length, Count * input.Count, $"inputs of {input}, {Count} samples");
        Outputs = Width(_targets.Length, "targets");
        Columns = Width(_columns.Length, "columns");
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Shape Input { get; }

    /// <inheritdoc/>
    public int Outputs { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <summary>Groups of the samples [N, K] for constraints that are the same within them, any numbers; none unless set.</summary>
    /// <exception cref="ArgumentException">They are no whole number for each sample.</exception>
    public int[] Groups
    {
        get;
        init
        {
            Groupings = Width(value.Length, "groups");
            field = value;
        }
    } = [];

    /// <inheritdoc/>
    public int Groupings { get; private init; }

    /// <inheritdoc/>
    public int GroupOf(int index, int grouping) => Groups[(index * Groupings) + grouping];

    /// <inheritdoc/>
    public void CopyInput(int index, Span<double> input) => Copy(_inputs, index, input);

    /// <inheritdoc/>
    public void CopyTarget(int index, Span<double> target) => Copy(_targets, index, target);

    /// <inheritdoc/>
    public void CopyColumns(int index, Span<double> columns) => Copy(_columns, index, columns);

    private int Width(int numbers, string what)
    {
        if (Count == 0 || numbers % Count != 0) throw new ArgumentException($"{numbers} {what} are no whole number for each of {Count} samples");
        return numbers / Count;
    }

    private static void Copy(T[] numbers, int index, Span<double> row)
    {
        for (var i = 0; i < row.Length; i++) row[i] = double.CreateTruncating(numbers[(index * row.Length) + i]);
    }
}
