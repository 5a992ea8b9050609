using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// A set of samples that batches are gathered from. What goes into a network is told by <see cref="IImageSource"/> or
/// <see cref="INumberSource"/>; a source that is neither has samples that are known by their numbers alone.
/// </summary>
public interface ISampleSource
{
    /// <summary>The number of samples.</summary>
    int Count { get; }

    /// <summary>The number of target values of a sample; 0 where samples have no targets.</summary>
    int Outputs { get; }

    /// <summary>The number of per-sample constants that constraints c(x, y) read; usually none.</summary>
    int Columns => 0;

    /// <summary>
    /// The number of groupings of the samples, one for each column that constraints are the same within, in the order of
    /// <see cref="Constraints.ConstraintRow.GroupsOf"/>; usually none.
    /// </summary>
    int Groupings => 0;

    /// <summary>Copies the targets of one sample, <see cref="Outputs"/> numbers in the source's own unit.</summary>
    void CopyTarget(int index, Span<double> target);

    /// <summary>Copies the constants of one sample, <see cref="Columns"/> numbers.</summary>
    void CopyColumns(int index, Span<double> columns) => throw new InvalidOperationException("the source has no columns");

    /// <summary>A number that the samples of a sample's group share, in one of the <see cref="Groupings"/>.</summary>
    int GroupOf(int index, int grouping) => throw new InvalidOperationException("the source has no groups");
}

/// <summary>Samples whose inputs are stored images, which stand for x / 255 - 1/2.</summary>
public interface IImageSource : ISampleSource
{
    /// <summary>Height, width and channels of an image.</summary>
    Shape Image { get; }

    /// <summary>Copies the image of one sample, [H, W, C] uint8; any thread may call it.</summary>
    void CopyImage(int index, Span<byte> image);
}

/// <summary>Samples whose inputs are numbers.</summary>
public interface INumberSource : ISampleSource
{
    /// <summary>The shape of one input.</summary>
    Shape Input { get; }

    /// <summary>Copies the input of one sample, in row-major order.</summary>
    void CopyInput(int index, Span<double> input);
}

/// <summary>So many samples that are known by their numbers alone, such as constraints of which some are active.</summary>
/// <param name="Count">The number of samples.</param>
public sealed record NumberedSamples(int Count) : ISampleSource
{
    /// <inheritdoc/>
    public int Outputs => 0;

    /// <inheritdoc/>
    public void CopyTarget(int index, Span<double> target)
    {
    }
}
