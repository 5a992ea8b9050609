namespace PoseEngine.Experiments.Spheres;

/// <summary>The objective of Eq. 16, R = ||w - x0||^2 / 2, whose gradient is w - x0 and whose Hessian is the identity.</summary>
internal sealed class DistanceRisk<T> : Risk<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<T> _target;
    private readonly Tensor<T> _difference;

    /// <summary>The distance to a point x0 [d].</summary>
    public DistanceRisk(ComputeDevice<T> device, Tensor<T> target)
        : base(device, target.Count)
        => (_target, _difference) = (target, device.Zeros(target.Count));

    public override bool CanRecord => true;

    public override void MoveTo(Tensor<T> w, Batch<T> batch) => Device.Vectors.Combine(1, w, -1, _target, _difference);

    public override void Value(Tensor<double> doubled) => Device.Vectors.Dot(_difference, _difference, doubled);

    public override void Gradient(Tensor<T> result) => Device.Vectors.Copy(_difference, result);

    protected override void Dispose(bool disposing)
    {
        _difference.Storage.Dispose();
        base.Dispose(disposing);
    }
}
