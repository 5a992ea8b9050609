namespace PoseEngine.Formats;

/// <summary>Checks what a pickle has built before anyone walks over it. Objects of a pickle can be shared, so a few hundred bytes can
/// describe a list that contains itself, or one whose walk takes longer than anyone lives.</summary>
internal static class PickleGraph
{
    private const int MaximumDepth = 64;
    private const long MaximumUnfolded = 64_000_000;
    public static void Check(object? root, string name) => new Walk(name).Visit(root, 0);

    private sealed class Walk(string name)
    {
        // The unfolded size and the height of each container that is done; a size of -1 while it is on the way.
        private readonly Dictionary<object, (long Size, int Height)> _done = new(ReferenceEqualityComparer.Instance);

        /// <summary>The number of objects that a walk from here meets, and over how many levels. Shared containers are entered once.</summary>
        public (long Size, int Height) Visit(object? node, int depth)
        {
            if (node is PickleGlobal or PickledType or NpyArray { Filled: false })
                throw Unreadable.File(name, "its pickle holds a type or an unfinished array in place of data");
            if (Children(node) is not { } children) return (1, 0);
            if (depth == MaximumDepth) throw TooDeep();
            if (_done.TryGetValue(node!, out var done))
            {
                if (done.Size < 0) throw Unreadable.File(name, "its pickle holds an object that contains itself");
                return depth + done.Height <= MaximumDepth ? done : throw TooDeep();
            }
            _done[node!] = (-1, 0);
            var (size, height) = (1L, 0);
            foreach (var child in children)
            {
                var below = Visit(child, depth + 1);
                (size, height) = (size + below.Size, Math.Max(height, below.Height));
                if (size > MaximumUnfolded)
                    throw Unreadable.File(name, $"its pickle unfolds to more than {MaximumUnfolded} objects, which is the limit");
            }
            return _done[node!] = (size, height + 1);
        }

        private UserErrorException TooDeep() => Unreadable.File(name, $"its pickle is nested deeper than {MaximumDepth}, which is the limit");

        private static IEnumerable<object?>? Children(object? node) => node switch
        {
            Dictionary<object, object?> dictionary => dictionary.Values,
            object?[] tuple => tuple,
            List<object?> list => list,
            NpyArray { Objects: { } objects } => objects,
            _ => null,
        };
    }
}
