using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>A training method added from outside the engine: one class, and the engine's trainer takes it.</summary>
public class ToyMethodTests
{
    [Test]
    public void TheTrainerTrainsByIt()
    {
        using var device = new CpuDevice<double>(1);
        var network = Network<double>.Parse(device, "2", "dense1");
        var w = network.InitializeHe(new RandomGenerator(1));
        double[] inputs = [0, 0, 1, 0, 0, 1, 1, 1], targets = [0.5, 2.5, -0.5, 1.5];
        var data = new TrainingData<double>(new ArraySource<double>(inputs, new Shape(2), targets));
        using var method = new SignDescent<double>(new ResidualRisk<double>(network, batch: 4), w, rate: 0.1);
        using var trainer = new Trainer<double>(method, data, new TrainerOptions(Iterations: 200));
        var losses = new List<double>();
        trainer.Stepped += (_, step) => losses.Add(step.Loss);
        trainer.Train();
        Assert.That(losses, Has.Count.EqualTo(200));
        Assert.That(losses[^1], Is.LessThan(1e-3));
        Assert.That(w.ToArray(), Is.EqualTo(new[] { 2, -1, 0.5 }).Within(0.02), "y = 2 x1 - x2 + 1/2");
    }

    /// <summary>w = w - rate_k sign(dR/dw), with a rate that falls as 1 / sqrt(k).</summary>
    private sealed class SignDescent<T>(Risk<T> risk, Tensor<T> w, double rate) : TrainingMethod<T>(risk, w)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public override string Name => "sign-descent";

        protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
        {
            DifferentiateRisk(batch);
            Scalars.Read();
            var length = T.CreateChecked(rate / Math.Sqrt(iteration));
            T[] step = [.. Gradient.ToArray().Select(g => g == T.Zero ? T.Zero : T.CopySign(length, g))];
            Parameters.CopyFrom([.. Parameters.ToArray().Zip(step, (x, dx) => x - dx)]);
            return new StepReport
            {
                Iteration = iteration,
                Loss = FiniteLoss(iteration),
                GradientNorm = Device.Vectors.Norm(Gradient),
                StepNorm = double.CreateChecked(length) * Math.Sqrt(step.Count(dx => dx != T.Zero)),
                Seconds = 0,
            };
        }
    }
}
