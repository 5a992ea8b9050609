using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>
/// The CPU device with solves that go through recorded cycles, as they do on a device that keeps its scalars to itself.
/// It counts what is recorded and run.
/// </summary>
internal sealed class CyclingDevice<T>(bool useSimd = true) : DelegatingDevice<T>(new CpuDevice<T>(1, useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The names of all recordings, in the order in which they were made.</summary>
    public List<string> Recordings { get; } = [];

    /// <summary>How often any recording was run.</summary>
    public int Runs { get; private set; }

    public override IMinresQlpKernels<T> MinresQlp => new Cycles(Inner.MinresQlp);

    public override IRecording Record(string name, Action work)
    {
        Recordings.Add(name);
        return Inner.Record(name, () =>
        {
            Runs++;
            work();
        });
    }

    protected override void Dispose(bool disposing) => Inner.Dispose();

    private sealed class Cycles(IMinresQlpKernels<T> kernels) : IMinresQlpKernels<T>
    {
        public bool RunsCycles => true;

        public IMinresQlpState CreateState(Tensor<T> wl, Tensor<T> w, Tensor<T> x2) => kernels.CreateState(wl, w, x2);

        public void Start(
            IMinresQlpState state, in MinresQlpSettings settings, in DiagonalWeights<T> weights, Tensor<T> b, Tensor<T> z)
            => kernels.Start(state, settings, weights, b, z);

        public void LanczosProduct(IMinresQlpState state, Tensor<T> z, Tensor<T> previous, Tensor<T> p, bool withDirections)
            => kernels.LanczosProduct(state, z, previous, p, withDirections);

        public void LanczosNormalise(IMinresQlpState state, Tensor<T> current, Tensor<T> p)
            => kernels.LanczosNormalise(state, current, p);

        public void PreconditionedNorm(IMinresQlpState state, Tensor<T> r, Tensor<T> z)
            => kernels.PreconditionedNorm(state, r, z);

        public void Advance(IMinresQlpState state) => kernels.Advance(state);

        public void UpdateDirections(IMinresQlpState state, Tensor<T> z) => kernels.UpdateDirections(state, z);

        public void RunCycles(IMinresQlpState state, IRecording cycle, ISolveWatch watch)
            => kernels.RunCycles(state, cycle, watch);

        public void FormSolution(IMinresQlpState state, Tensor<T> z, Tensor<T> x) => kernels.FormSolution(state, z, x);

        public void Poll(IMinresQlpState state, out MinresQlpScalars scalars) => kernels.Poll(state, out scalars);
    }
}

/// <summary>CPU devices whose solves go through cycles.</summary>
internal sealed class CyclingDevices(bool useSimd) : IDeviceFactory
{
    public ComputeDevice<T> Create<T>(int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new CyclingDevice<T>(useSimd);
}
