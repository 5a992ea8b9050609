using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>The numbers that the pieces of a step leave behind.</summary>
public enum StepScalar
{
    /// <summary>||dw||^2.</summary>
    Step,

    /// <summary>||Lambda||^2.</summary>
    Multipliers,

    /// <summary>g^T G g, of Gauss-Newton methods.</summary>
    Curvature,

    /// <summary>Twice the R that the Gauss-Newton model promises behind the step.</summary>
    Promise,

    /// <summary>The first probe of a trace.</summary>
    Probe,

    /// <summary>The first number of a dual solve.</summary>
    Dual = Probe + KktSystem<double>.TraceProbes,

    /// <summary>2 R, twice the loss.</summary>
    Risk = Dual + DualNumber.Count,

    /// <summary>||g||^2 of the gradient.</summary>
    Gradient,

    /// <summary>Twice the penalty of Eq. 3.</summary>
    Penalty,

    /// <summary>How many there are.</summary>
    Count,
}

/// <summary>
/// The numbers of a step: the device writes them one by one into a small tensor, and the host reads them all at once when
/// it has a decision to make. Behind the fixed ones there is room for a median of each constraint.
/// </summary>
public sealed class StepScalars : IDisposable
{
    private readonly Tensor<double> _device;
    private readonly Snapshot _snapshot;
    private readonly SnapshotPart<double> _host;

    private StepScalars(Tensor<double> device, Snapshot snapshot)
    {
        (_device, _snapshot) = (device, snapshot);
        _host = snapshot.Add(device);
    }

    /// <summary>Memory for the numbers of one method.</summary>
    /// <param name="device">Where they are written.</param>
    /// <param name="constraints">J, the constraints of a sample; 0 where there are none.</param>
    public static StepScalars Create<T>(ComputeDevice<T> device, int constraints = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(device.Zeros<double>(new Shape((int)StepScalar.Count + constraints)), device.CreateSnapshot());

    /// <summary>The place of one number, or of a few from it on, on the device.</summary>
    public Tensor<double> On(StepScalar first, int count = 1) => _device.Slice((int)first, count);

    /// <summary>The places of a trace's probes.</summary>
    public Tensor<double> Probes => On(StepScalar.Probe, KktSystem<double>.TraceProbes);

    /// <summary>The probes' results as they were at the last <see cref="Read"/>.</summary>
    public ReadOnlySpan<double> ProbeResults => _host.Numbers.Slice((int)StepScalar.Probe, KktSystem<double>.TraceProbes);

    /// <summary>The places of the constraints' medians [J].</summary>
    public Tensor<double> Medians => On(StepScalar.Count, _device.Count - (int)StepScalar.Count);

    /// <summary>The medians as they were at the last <see cref="Read"/>.</summary>
    public ReadOnlySpan<double> MedianResults => _host.Numbers[(int)StepScalar.Count..];

    /// <summary>The places of a dual solve's numbers.</summary>
    public Tensor<double> DualNumbers => On(StepScalar.Dual, (int)DualNumber.Count);

    /// <summary>Those numbers as they were at the last <see cref="Read"/>.</summary>
    public ReadOnlySpan<double> DualResults => _host.Numbers.Slice((int)StepScalar.Dual, (int)DualNumber.Count);

    /// <summary>The places of all that must be finite for w to move: risk, gradient, penalty and the medians.</summary>
    public Tensor<double> Watched => On(StepScalar.Risk, _device.Count - (int)StepScalar.Risk);

    /// <summary>Waits for the device and takes all numbers over.</summary>
    public void Read() => _snapshot.Read();

    /// <summary>The first half of <see cref="Read"/>: the numbers are copied when the device comes to it.</summary>
    public void Take() => _snapshot.Take();

    /// <summary>The second half: waits for them, unless they are known to be there.</summary>
    public void Await() => _snapshot.Await();

    /// <summary>A number as it was at the last <see cref="Read"/>.</summary>
    public double this[StepScalar scalar] => _host.Numbers[(int)scalar];

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _snapshot.Dispose();
        _device.Storage.Dispose();
    }
}
