namespace PoseEngine.Cpu;

/// <summary>Rearrangement of the columns of a row.</summary>
internal static unsafe class Columns
{
    /// <summary>
    /// Splits a row into runs: columns 0, s, 2s .. into the first, 1, s + 1, .. into the second, and so on.
    /// </summary>
    public static void Split<T>(T* row, int width, int runs, T* target, int runLength)
        where T : unmanaged
    {
        if (runs == 1)
        {
            new ReadOnlySpan<T>(row, width).CopyTo(new Span<T>(target, width));
            return;
        }
        for (var run = 0; run < runs; run++)
        {
            var place = target + ((long)run * runLength);
            for (var column = run; column < width; column += runs) *place++ = row[column];
        }
    }
}
