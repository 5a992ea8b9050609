namespace PoseEngine.Experiments.Data.Formats;

/// <summary>The objects that a pickle keeps to name them again. Writers number them one after the other, from 0 or from 1, so a list is
/// enough and a number far beyond it is damage.</summary>
internal sealed class PickleMemo(PickleBytes source)
{
    private static readonly object Unset = new();

    private readonly List<object?> _kept = [];

    public uint Count => (uint)_kept.Count;

    public void Put(uint key, object? value)
    {
        if (key > _kept.Count + 1) throw source.Damaged($"it keeps object {key} after {_kept.Count} others");
        while (_kept.Count <= key) _kept.Add(Unset);
        _kept[(int)key] = value;
    }

    public object? Get(uint key)
        => key < _kept.Count && !ReferenceEquals(_kept[(int)key], Unset) ? _kept[(int)key]
            : throw source.Damaged($"it recalls object {key}, which was never kept");
}
