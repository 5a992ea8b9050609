using PoseEngine.Expressions;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Images of another source, whose targets y become z = (y - mean) / spread: what the network computes.</summary>
/// <param name="images">The images, with targets in their own unit.</param>
/// <param name="scale">A mean and a spread for each target value.</param>
public sealed class ScaledImages(IImageSource images, OutputScale scale) : IImageSource
{
    /// <inheritdoc/>
    public int Count => images.Count;

    /// <inheritdoc/>
    public Shape Image => images.Image;

    /// <inheritdoc/>
    public int Outputs => images.Outputs;

    /// <inheritdoc/>
    public int Columns => images.Columns;

    /// <inheritdoc/>
    public int Groupings => images.Groupings;

    /// <inheritdoc/>
    public int GroupOf(int index, int grouping) => images.GroupOf(index, grouping);

    /// <inheritdoc/>
    public void CopyImage(int index, Span<byte> image) => images.CopyImage(index, image);

    /// <inheritdoc/>
    public void CopyColumns(int index, Span<double> columns) => images.CopyColumns(index, columns);

    /// <inheritdoc/>
    public void CopyTarget(int index, Span<double> target)
    {
        images.CopyTarget(index, target);
        for (var j = 0; j < target.Length; j++) target[j] = scale.FromTarget(j, target[j]);
    }
}
