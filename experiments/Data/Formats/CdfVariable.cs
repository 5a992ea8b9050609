namespace PoseEngine.Experiments.Data.Formats;

/// <summary>The values of a variable of a CDF file.</summary>
/// <param name="Dimensions">The number of records, then the dimensions of a record.</param>
/// <param name="Values">In row-major order of <paramref name="Dimensions"/>, whatever the order in the file.</param>
/// <param name="RowMajor">
/// The order that the file claims for the values of a record. Writers got it wrong: where a shape leaves doubt the caller must check.
/// </param>
public sealed record CdfVariable(long[] Dimensions, double[] Values, bool RowMajor);
