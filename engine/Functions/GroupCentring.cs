using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// P of constraints across samples, C = P c with c the values of the rows [N, J]: takes the mean of its group out of each row
/// with a <see cref="ConstraintRow.Group"/> and leaves the others alone. P is a symmetric projector, P P = P = P^T.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class GroupCentring<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly ICentringKernels<T> _kernels;
    private readonly IVectorKernels<T> _vectors;
    private readonly IOutputConstraint<T> _constraint;
    private readonly int[] _groupingOf;
    private readonly int _groupings;
    private readonly int _samples;
    private readonly Tensor<int> _rows;
    private readonly Tensor<T> _centred;
    private Tensor<int> _groups;

    private GroupCentring(ComputeDevice<T> device, IOutputConstraint<T> constraint, IReadOnlyList<string> names, int samples)
    {
        (_kernels, _vectors, _constraint, _samples) = (device.Family<ICentringKernels<T>>(), device.Vectors, constraint, samples);
        _groupings = names.Count;
        _groupingOf = [.. constraint.Rows.Select(row => row.Group is null ? -1 : names.Index().First(name => name.Item == row.Group).Index)];
        _memory = new Workspace<T>(device);
        _rows = _memory.Zeros<int>(new Shape(_groupingOf.Length));
        _rows.CopyFrom(_groupingOf);
        _centred = _memory.Zeros(samples * _groupingOf.Length);
    }

    /// <summary>P for active sets of a size, or null where no row binds samples together.</summary>
    public static GroupCentring<T>? Of(ComputeDevice<T> device, IOutputConstraint<T> constraint, int samples)
        => ConstraintRow.GroupsOf(constraint.Rows) is { Count: > 0 } names ? new GroupCentring<T>(device, constraint, names, samples) : null;

    /// <summary>Takes the groups of an active set and says whether they lie in other memory than those before.</summary>
    /// <param name="groups">[K, 2 N + 1], see <see cref="SampleGroups"/>.</param>
    /// <exception cref="ArgumentException">There are none, or of another number of samples or columns.</exception>
    public bool MoveTo(Tensor<int> groups)
    {
        if (groups.IsAbsent)
        {
            var row = _constraint.Rows.First(row => row.Group is not null);
            throw new ArgumentException($"constraint {row.Name} is the same within {row.Group}, and the samples have no groups: let their source give some, by {nameof(Batch<>.Groups)}", nameof(groups));
        }
        Guard.Equal(groups.Count, _groupings * SampleGroups.Length(_samples), $"the groupings of {_samples} samples for constraint {_constraint.Name}");
        var isElsewhere = !groups.IsSameMemory(_groups);
        _groups = groups;
        return isElsewhere;
    }

    /// <summary>c = P c.</summary>
    /// <param name="c">[N J].</param>
    public void Apply(Tensor<T> c) => _kernels.Centre(_groups, _rows, c);

    /// <summary>P u in memory of its own, good until the next call.</summary>
    /// <param name="u">[N J].</param>
    public Tensor<T> Centred(Tensor<T> u)
    {
        _vectors.Copy(u, _centred);
        Apply(_centred);
        return _centred;
    }

    /// <summary>S = P S P on the host, symmetric to the bit.</summary>
    /// <param name="s">[N J, N J], symmetric.</param>
    public void ApplyToBothSides(Span<double> s)
    {
        var layout = new int[_groups.Count];
        _groups.CopyTo(layout);
        var count = _samples * _groupingOf.Length;
        var members = new List<int[]>();
        for (var j = 0; j < _groupingOf.Length; j++)
        {
            if (_groupingOf[j] >= 0) members.AddRange(RowsOf(layout, j));
        }
        for (var r = 0; r < count; r++) Centre(s.Slice(r * count, count), members);
        foreach (var group in members) CentreRows(s, count, group);
        for (var r = 0; r < count; r++)
        {
            for (var c = r + 1; c < count; c++) s[(c * count) + r] = s[(r * count) + c];
        }
    }

    /// <summary>Gives the memory back; the constraint is somebody else's.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>The rows of constraint j of each group, by their places J k + j.</summary>
    private IEnumerable<int[]> RowsOf(int[] layout, int j)
    {
        var length = SampleGroups.Length(_samples);
        var order = layout.AsMemory(_groupingOf[j] * length, length);
        for (int g = 0, first = 0; first < _samples; g++)
        {
            var last = order.Span[_samples + g + 1];
            yield return [.. order[first..last].ToArray().Select(k => (k * _groupingOf.Length) + j)];
            first = last;
        }
    }

    private static void Centre(Span<double> row, List<int[]> members)
    {
        foreach (var group in members)
        {
            var sum = 0.0;
            foreach (var place in group) sum += row[place];
            foreach (var place in group) row[place] -= sum / group.Length;
        }
    }

    /// <summary>The same down the columns, a row of S at a time.</summary>
    private static void CentreRows(Span<double> s, int count, int[] group)
    {
        var mean = new double[count];
        foreach (var r in group)
        {
            for (var c = 0; c < count; c++) mean[c] += s[(r * count) + c] / group.Length;
        }
        foreach (var r in group)
        {
            for (var c = 0; c < count; c++) s[(r * count) + c] -= mean[c];
        }
    }
}
