using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>k steps, a checkpoint, and k steps of another object from it are 2k steps, to the bit, for every method.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public sealed class ResumeTests(string deviceName)
{
    private const int Half = 2;

    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void KStepsAndKStepsAreTwoKSteps(string name)
    {
        var path = Path.Combine(Path.GetTempPath(), $"poseengine-{Guid.NewGuid():N}.safetensors");
        using var device = Devices.Create<double>(deviceName);
        var (expected, last) = StepProblem.Train(device, name, 2 * Half);
        try
        {
            var first = Start(device, name);
            for (var i = 1; i <= Half; i++) first.Problem.Step(first.Method, i);
            first.Checkpoint.Save(path, first.Method.Iteration, new Dictionary<string, double>());

            var second = Start(device, name);
            second.Problem.Parameters.CopyFrom(new double[expected.Length]);
            second.Method.ResumeAt(second.Checkpoint.Restore(path).Iteration);
            StepReport? report = null;
            for (var i = Half + 1; i <= 2 * Half; i++) report = second.Problem.Step(second.Method, i);
            Assert.That(second.Problem.Parameters.ToArray(), Is.EqualTo(expected));
            Assert.That((report!.Iteration, report.Loss, report.StepNorm, report.MultiplierNorm), Is.EqualTo((last.Iteration, last.Loss, last.StepNorm, last.MultiplierNorm)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (StepProblem Problem, TrainingMethod<double> Method, Checkpoint<double> Checkpoint) Start(ComputeDevice<double> device, string name)
    {
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry);
        return (problem, method, new Checkpoint<double>(method.Name, method.Parameters) { Network = problem.Network, State = method.State });
    }
}
