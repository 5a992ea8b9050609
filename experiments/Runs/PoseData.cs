namespace PoseEngine.Experiments.Runs;

/// <summary>The two halves of a data set: D, whose images without labels are also C, and the validation set.</summary>
/// <param name="SourceName">For reports, such as "walker".</param>
/// <param name="Train">The training samples.</param>
/// <param name="Validation">The validation samples.</param>
public sealed record PoseData(string SourceName, PackSource Train, PackSource Validation)
{
    private double[]? _mean;

    /// <summary>The mean of all training poses, 51 values in millimetres: what a model that sees nothing should answer.</summary>
    public double[] MeanTrainingPose => _mean ??= Mean();

    private double[] Mean()
    {
        var mean = new double[Train.Outputs];
        for (var i = 0; i < Train.Count; i++)
        {
            var pose = Train.Target(i);
            for (var d = 0; d < mean.Length; d++) mean[d] += pose[d] / (double)Train.Count;
        }
        return mean;
    }
}
