using PoseEngine.Cuda;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cuda;

/// <summary>Arguments of different sizes in a row reach a kernel as they were given: none is shifted by another's padding.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Checked)]
[TestFixture(CudaModes.Gpu)]
public sealed class KernelArgumentTests(string mode)
{
    private const string Source = """
        extern "C" __global__ void echo(int a, double* out, int b, double c, float d, const double* in, float e, int f)
        {
            out[0] = a;
            out[1] = b;
            out[2] = c;
            out[3] = d;
            out[4] = in[1];
            out[5] = e;
            out[6] = f;
        }
        """;

    [Test]
    public void NumbersAndPointersInAnyOrderComeBack()
    {
        var devices = new CudaDevices(mode);
        using var device = (CudaDevice<double>)devices.Create<double>(1);
        var module = device.Context.Compiler.LoadText("echo_test.cu", Source);
        var (result, input) = (device.Zeros(7), device.From([3, Math.PI]));
        var arguments = new KernelArguments();
        arguments.Add(-1);
        arguments.Add(result.DevicePointer());
        arguments.Add(int.MaxValue);
        arguments.Add(Math.E);
        arguments.AddReal(1.1f);
        arguments.Add(input.DevicePointer());
        arguments.AddReal(-2.2f);
        arguments.Add(int.MinValue);
        module["echo"].Launch(new LaunchShape(1, 1, 1, 1), arguments);
        Assert.That(result.ToArray(), Is.EqualTo(new[] { -1, int.MaxValue, Math.E, 1.1f, Math.PI, -2.2f, int.MinValue }));
        devices.AfterTest();
    }
}
