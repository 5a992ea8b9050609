using System.Text.RegularExpressions;
using PoseEngine.Kernels;

namespace PoseEngine.Tests.Kernels;

/// <summary>Every operator family is tested by one suite, on the CPU and on CUDA: none is left out silently.</summary>
public sealed partial class SuiteCoverageTests
{
    public static IEnumerable<string> Families => typeof(ComputeDevice<>).GetProperties()
        .Select(property => Name().Match(property.PropertyType.Name))
        .Where(match => match.Success)
        .Select(match => match.Groups[1].Value);

    [Test]
    public void TheFamiliesAreFound() => Assert.That(Families, Is.SupersetOf(["Convolution", "MaxPool", "Dense", "MinresQlp"]));

    [TestCaseSource(nameof(Families))]
    public void AFamilyHasItsSuiteOnTheCpuAndOnCuda(string family)
    {
        var types = typeof(SuiteCoverageTests).Assembly.GetTypes();
        var suite = types.SingleOrDefault(type => type.IsAbstract && type.Name == $"{family}Suite`1");
        Assert.That(suite, Is.Not.Null, $"a suite of {family}");
        var fixtures = types.Where(type => !type.IsAbstract && Bases(type).Contains(suite)).ToArray();
        foreach (var device in (string[])["Cpu", "Cuda"])
        {
            Assert.That(fixtures.Where(fixture => fixture.Name.StartsWith(device, StringComparison.Ordinal)), Is.Not.Empty, device);
        }
    }

    private static IEnumerable<Type> Bases(Type type)
    {
        for (var at = type.BaseType; at is not null; at = at.BaseType) yield return at.IsGenericType ? at.GetGenericTypeDefinition() : at;
    }

    [GeneratedRegex(@"^I(\w+?)s?Kernels`1$")]
    private static partial Regex Name();
}
