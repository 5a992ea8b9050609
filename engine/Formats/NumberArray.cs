namespace PoseEngine.Formats;

/// <summary>Numbers of a file, a sample along the first dimension.</summary>
/// <param name="Shape">The extents, outermost first; at least one row of at least one number.</param>
/// <param name="Values">In C order; empty where there are <paramref name="Bytes"/>.</param>
/// <param name="Bytes">The items of an array of unsigned bytes, such as images of N x H x W x 3; null for others.</param>
/// <param name="Names">Of the columns of a table, each once; null for arrays.</param>
public sealed record NumberArray(int[] Shape, double[] Values, byte[]? Bytes = null, IReadOnlyList<string>? Names = null)
{
    public int Rows => Shape[0];
    public int Columns => (Bytes?.Length ?? Values.Length) / Rows;
}
