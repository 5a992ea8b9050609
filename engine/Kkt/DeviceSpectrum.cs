using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>The eigenvectors of a nearly singular S, on the device, and what of its spectrum counts.</summary>
/// <typeparam name="T">The number type of the device.</typeparam>
internal sealed class DeviceSpectrum<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IDualKernels<T> _kernels;
    private readonly Tensor<double> _vectors;
    private readonly Tensor<double> _weights;
    private readonly double[] _values;

    private DeviceSpectrum(IDualKernels<T> kernels, Tensor<double> vectors, Tensor<double> weights, double[] values, double shift)
    {
        (_kernels, _vectors, _weights, _values) = (kernels, vectors, weights, values);
        Cut = new SpectrumCut(values, GramSystem<T>.Accuracy, shift);
    }

    /// <summary>Which eigenvalues count.</summary>
    public SpectrumCut Cut { get; }

    /// <summary>
    /// Decomposes the S that was kept in <paramref name="s"/>, whose memory and that of the eigenvalues it keeps; null where they were
    /// not found.
    /// </summary>
    public static DeviceSpectrum<T>? Of(
        IDualKernels<T> kernels, Tensor<double> s, Tensor<double> diagonal, Tensor<double> values, Tensor<int> info, double shift)
    {
        kernels.Eigen(s, diagonal, values, info);
        return info.ToArray()[0] == 0 ? new DeviceSpectrum<T>(kernels, s, values, values.ToArray(), shift) : null;
    }

    /// <summary>x = S^+ x.</summary>
    public void Solve(Tensor<double> x) => Weigh(value => 1 / Cut.Of(value), x);

    /// <summary>x = P x, the part in the range of S; returns the length of the rest.</summary>
    public double Project(Tensor<double> x)
    {
        var before = x.ToArray();
        Weigh(_ => 1, x);
        return HostVectors.Norm(HostVectors.Combine(1, before, -1, x.ToArray()));
    }

    private void Weigh(Func<double, double> weight, Tensor<double> x)
    {
        _weights.CopyFrom(Array.ConvertAll(_values, value => Cut.Keeps(value) ? weight(value) : 0));
        _kernels.OverEigenvectors(_vectors, _weights, x);
    }
}
