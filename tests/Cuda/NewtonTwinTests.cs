using System.Text;
using PoseEngine.Cuda;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cuda;

/// <summary>The decisions of a projection in C# and in kernels/, fed with the same numbers: the same bits.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Checked)]
[TestFixture(CudaModes.Gpu)]
public sealed class CudaNewtonTwinTests(string mode)
{
    private const int Rows = 9;
    private const string Source = """
        #include "active_rows.cuh"
        #include "newton_course.cuh"

        extern "C" __global__ void __launch_bounds__(32) multipliers(const double* s, const double* b, double* lambda, double* scratch)
        {
            const int k = blockIdx.x;
            solve_multipliers(s + k * ROWS * ROWS, b + k * ROWS, lambda + k * ROWS, scratch + k * ACTIVE_SCRATCH);
        }

        extern "C" __global__ void judge_all(const double* scales, const double* points, const double* starts, double* out, int count)
        {
            Course course = begin_course(scales[blockIdx.x]);
            double damping = 0;
            points += blockIdx.x * count * 4;
            starts += blockIdx.x * count * 2;
            out += blockIdx.x * count * 6;
            for (int i = 0; i < count; ++i)
            {
                const Point point = {points[4 * i], points[4 * i + 1], points[4 * i + 2], points[4 * i + 3]};
                const Verdict verdict = judge(course, point);
                damping = damping_after(damping, course.share);
                out[6 * i] = int(verdict);
                out[6 * i + 1] = verdict == ACCEPT && set_out(course, starts[2 * i], starts[2 * i + 1]) ? 1 : 0;
                out[6 * i + 2] = course.share;
                out[6 * i + 3] = course.rounds;
                out[6 * i + 4] = damping;
                out[6 * i + 5] = penalty_after(point.penalty, starts[2 * i + 1]);
            }
        }
        """;

    private static readonly bool[] IsAtMost = [true, false, true, true, false, true, true, false, true];
    private readonly CudaDevices _devices = new(mode);
    private CudaDevice<double> _device = null!;
    private CudaModule _module = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _device = (CudaDevice<double>)_devices.Create<double>(1);
        var text = new StringBuilder("#include \"expressions.cuh\"\n").Append(ProjectionPrinter.Limits);
        ProjectionPrinter.PrintRows(IsAtMost, text);
        _module = _device.Context.Compiler.LoadUnfused<double>("newton_test.cu", text.Append(Source).ToString());
    }

    [OneTimeTearDown]
    public void Close() => _device?.Dispose();

    [TearDown]
    public void AfterTest() => _devices.AfterTest();

    [Test]
    public void RandomSystemsHaveTheSameMultipliers()
    {
        const int count = 200;
        var random = new RandomGenerator(3);
        var (s, b, lambda) = (new double[count * Rows * Rows], new double[count * Rows], new double[count * Rows]);
        for (var k = 0; k < count; k++)
        {
            var gradients = Gradients(random, k);
            for (var i = 0; i < Rows * Rows; i++) s[(k * Rows * Rows) + i] = Enumerable.Range(0, 12).Sum(t => gradients[i / Rows, t] * gradients[i % Rows, t]);
            for (var j = 0; j < Rows; j++)
            {
                b[(k * Rows) + j] = k % 17 == 16 && j == 4 ? double.NaN : random.NextNormal();
                lambda[(k * Rows) + j] = random.NextUniform(-1, 1) * (k % 3);
            }
        }
        var expected = (double[])lambda.Clone();
        for (var k = 0; k < count; k++)
        {
            ActiveRows.Solve(
                s.AsSpan(k * Rows * Rows, Rows * Rows), b.AsSpan(k * Rows, Rows), IsAtMost, expected.AsSpan(k * Rows, Rows), new double[ActiveRows.ScratchSize(Rows)]);
        }
        var (own, scratch) = (_device.From(lambda), _device.Zeros(count * ActiveRows.ScratchSize(Rows)));
        var arguments = new KernelArguments();
        arguments.Add(_device.From(s));
        arguments.Add(_device.From(b));
        arguments.Add(own);
        arguments.Add(scratch);
        _module["multipliers"].Launch(new LaunchShape(count, 1, 1, 32), arguments);
        Assert.That(own.ToArray(), Is.EqualTo(expected));
        Assert.That(expected.Count(value => value == 0), Is.InRange(count, count * Rows / 2), "rows that are not active");
    }

    [Test]
    public void RandomCoursesAreJudgedAlike()
    {
        const int courses = 200, count = 130;
        var random = new RandomGenerator(4);
        var (scales, points, starts) = (new double[courses], new double[courses * count * 4], new double[courses * count * 2]);
        for (var k = 0; k < courses; k++)
        {
            scales[k] = k == 0 ? 0 : Math.Pow(10, random.NextUniform(-3, 3));
            for (var i = 0; i < count; i++)
            {
                // Residuals that fall, rise, or lie at the two tolerances, merits about the last one.
                var size = scales[k] * Math.Pow(10, -random.NextUniform(0, i % 5 == 0 ? 14.5 : 11));
                points[(((k * count) + i) * 4) + 1] = size;
                points[(((k * count) + i) * 4) + 2] = size * random.NextUniform(0, 2);
                points[((k * count) + i) * 4] = 1 + (0.1 * random.NextNormal());
                points[(((k * count) + i) * 4) + 3] = random.NextUniform(0, 1) < 0.02 ? double.NaN : random.NextUniform(0, 1);
                starts[((k * count) + i) * 2] = 2 + (0.3 * random.NextNormal());
                starts[(((k * count) + i) * 2) + 1] = -random.NextNormal() - 1;
            }
        }
        var output = _device.Zeros(courses * count * 6);
        var arguments = new KernelArguments();
        arguments.Add(_device.From(scales));
        arguments.Add(_device.From(points));
        arguments.Add(_device.From(starts));
        arguments.Add(output);
        arguments.Add(count);
        _module["judge_all"].Launch(new LaunchShape(courses, 1, 1, 1), arguments);
        var expected = Judge(scales, points, starts, count);
        Assert.That(output.ToArray(), Is.EqualTo(expected));
        var verdicts = expected.Where((_, i) => i % 6 == 0).Distinct();
        Assert.That(verdicts.Count(), Is.EqualTo(Enum.GetValues<NewtonVerdict>().Length), "every verdict is among them");
    }

    private static double[] Judge(double[] scales, double[] points, double[] starts, int count)
    {
        var output = new double[points.Length / 4 * 6];
        for (var k = 0; k < scales.Length; k++)
        {
            var course = NewtonCourse.Begin(scales[k]);
            var damping = 0.0;
            for (var i = k * count; i < (k + 1) * count; i++)
            {
                var verdict = course.Judge(new NewtonPoint(points[4 * i], points[(4 * i) + 1], points[(4 * i) + 2], points[(4 * i) + 3]));
                damping = NewtonCourse.Damping(damping, course.Share);
                output[6 * i] = (int)verdict;
                output[(6 * i) + 1] = verdict == NewtonVerdict.Accept && course.SetOut(starts[2 * i], starts[(2 * i) + 1]) ? 1 : 0;
                output[(6 * i) + 2] = course.Share;
                output[(6 * i) + 3] = course.Rounds;
                output[(6 * i) + 4] = damping;
                output[(6 * i) + 5] = NewtonCourse.Penalty(points[(4 * i) + 3], starts[(2 * i) + 1]);
            }
        }
        return output;
    }

    /// <summary>Rows of 12 numbers; in some systems one is 0, two are parallel, or sizes are far apart.</summary>
    private static double[,] Gradients(RandomGenerator random, int k)
    {
        var rows = new double[Rows, 12];
        for (var j = 0; j < Rows; j++)
        {
            var size = k % 4 == 3 ? Math.Pow(10, random.NextUniform(-4, 4)) : 1;
            for (var t = 0; t < 12; t++) rows[j, t] = (k % 5 == 1 && j == 2) || (k % 7 == 2 && j > 5 && t > 1) ? 0 : size * random.NextNormal();
            for (var t = 0; t < 12 && k % 6 == 4 && j == 5; t++) rows[j, t] = -3 * rows[1, t];
        }
        return rows;
    }
}
