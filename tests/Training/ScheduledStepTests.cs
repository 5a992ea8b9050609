using PoseEngine.Functions;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Methods take the steps that their schedule says, recorded or not, before and after a resume.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-plain")]
public class ScheduledStepTests(string deviceName)
{
    private const int Samples = 3;
    private const int Halved = 3;
    private static readonly RateSchedule Schedule = RateSchedule.Milestones(0.5, Halved);

    private static string[] Methods { get; } =
        ["soft-sgd", "soft-sgd momentum", "soft-adam", "hard-sgd Gram", "hard-sgd Lsqr", "hard-sgd MinresQlp", "hard-sgd ProjectedMinresQlp", "hard-sgd PreconditionedMinresQlp", "hard-adam", "hard-gn"];

    /// <summary>Halved behind iteration 3 is what a second method with half of the rate does from there on.</summary>
    [TestCaseSource(nameof(Methods))]
    public void AHalvedRateIsThatOfAMethodWithHalfTheRate(string name)
    {
        using var device = Devices.Create<double>(deviceName);
        var scheduled = new StepProblem(device);
        using var method = Method(scheduled, name, 1, Schedule);
        Run(scheduled, method, 1, Halved + 2);

        var plain = new StepProblem(device);
        using var first = Method(plain, name, 1, RateSchedule.Constant);
        Run(plain, first, 1, Halved);
        using var second = Resumed(first, Method(plain, name, 0.5, RateSchedule.Constant));
        Run(plain, second, Halved + 1, Halved + 2);
        Assert.That(scheduled.Parameters.ToArray(), Is.EqualTo(plain.Parameters.ToArray()).Within(1e-9));
        foreach (var (mine, other) in method.State.Zip(second.State))
        {
            Assert.That(mine.Vector.ToArray(), Is.EqualTo(other.Vector.ToArray()).Within(1e-6), mine.Name);
        }
    }

    [TestCaseSource(nameof(Methods))]
    public void AResumedRunGoesOnWithTheSchedule(string name)
    {
        using var device = Devices.Create<double>(deviceName);
        var (whole, parts) = (new StepProblem(device), new StepProblem(device));
        var schedule = RateSchedule.Cosine(6, 0.1).After(2);
        using var method = Method(whole, name, 1, schedule);
        Run(whole, method, 1, 5);
        using var first = Method(parts, name, 1, schedule);
        Run(parts, first, 1, 2);
        using var second = Resumed(first, Method(parts, name, 1, schedule));
        Run(parts, second, 3, 5);
        Assert.That(parts.Parameters.ToArray(), Is.EqualTo(whole.Parameters.ToArray()));
    }

    [Test]
    public void AScheduleThatAHardStepCannotTakeIsNamed()
    {
        using var device = Devices.Create<double>(deviceName);
        Assert.That(
            () => Method(new StepProblem(device), "hard-sgd Gram", 1, RateSchedule.Cosine(1000)),
            Throws.ArgumentException.With.Message.Contains("hard-sgd: eta is divided by the factors of the schedule cosine:1000, which come to 0"));
        Assert.That(
            () => Method(new StepProblem(device), "hard-lm", 1, Schedule),
            Throws.ArgumentException.With.Message.Contains("hard-lm finds its eta by itself and takes no schedule, got milestones:0.5:3"));
    }

    private static void Run(StepProblem problem, TrainingMethod<double> method, int from, int to)
    {
        for (var i = from; i <= to; i++) problem.Step(method, i);
    }

    /// <summary>A method that goes on where another one is.</summary>
    private static TrainingMethod<double> Resumed(TrainingMethod<double> from, TrainingMethod<double> to)
    {
        foreach (var (source, target) in from.State.Zip(to.State)) target.Vector.CopyFrom(source.Vector.ToArray());
        to.ResumeAt(from.Iteration);
        return to;
    }

    private static TrainingMethod<double> Method(StepProblem problem, string name, double share, RateSchedule schedule)
    {
        var eta = 50 / share;
        var w = problem.Parameters;
        var risk = new ResidualRisk<double>(problem.Network, Samples);
        var function = new OutputConstraintFunction<double>(problem.Network, problem.Symmetry, Samples);
        var soft = new SoftConstraint<double>(function, 0.1);
        var krylov = new KrylovOptions { RelativeTolerance = 1e-13 };
        return name.Split(' ') switch
        {
            ["soft-sgd"] => new SoftSgd<double>(risk, w, eta, soft, schedule: schedule),
            ["soft-sgd", _] => new SoftSgd<double>(risk, w, eta, soft, momentum: 0.5, schedule),
            ["soft-adam"] => new SoftAdam<double>(risk, w, new AdamOptions(0.01 * share) { Schedule = schedule }, soft),
            ["hard-sgd", var solver] => new HardSgd<double>(
                risk, function, w, new HardSgdOptions(eta) { Solver = Enum.Parse<KktSolver>(solver), Krylov = krylov, Schedule = schedule }),
            ["hard-adam"] => new HardAdam<double>(
                risk, function, w, new HardAdamOptions(eta) { Warmup = 1, Moments = new AdamOptions(Epsilon: 1e-3), Krylov = krylov, Schedule = schedule }),
            _ => new HardGaussNewton<double>(
                risk, function, w, new HardGaussNewtonOptions(eta, Adapts: name == "hard-lm") { Krylov = krylov, Schedule = schedule }),
        };
    }
}
