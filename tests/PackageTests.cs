using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using PoseEngine.Cuda.Native;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests;

/// <summary>The package of the engine: what is in it, and that the example of its guide runs from it in an empty project; and the program as a tool.</summary>
[TakesLong]
public partial class PackageTests
{
    private static readonly string Configuration = new DirectoryInfo(TestContext.CurrentContext.TestDirectory).Parent!.Name;
    private string _folder = null!;

    [OneTimeSetUp]
    public void Pack()
    {
        if (!File.Exists(Path.Combine(Root(), "engine", "PoseEngine.csproj"))) Assert.Ignore("the sources are not here: there is nothing to pack");
        _folder = Directory.CreateTempSubdirectory("poseengine-package-").FullName;
        foreach (var project in (string[])["engine", "experiments"]) Dotnet(Root(), "pack", project, "--no-build", "-c", Configuration, "-o", Path.Combine(_folder, "feed"));
    }

    [OneTimeTearDown]
    public void Delete()
    {
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void ItHoldsGuideLicenceDocumentationSymbolsAndKernels()
    {
        var package = Directory.GetFiles(Path.Combine(_folder, "feed")).Single(file => EnginePackage().IsMatch(Path.GetFileName(file)));
        using var archive = ZipFile.OpenRead(package);
        var names = archive.Entries.Select(entry => entry.FullName);
        const string assembly = "lib/net10.0/PoseEngine.Core";
        Assert.That(names, Is.SupersetOf((string[])["README.md", "LICENSE", $"{assembly}.dll", $"{assembly}.xml", $"{assembly}.pdb"]));
        using var stream = new MemoryStream();
        using (var packed = archive.GetEntry($"{assembly}.dll")!.Open()) packed.CopyTo(stream);
        Assert.That(Assembly.Load(stream.ToArray()).GetManifestResourceNames(), Does.Contain("kernels/real.cuh"));
    }

    [Test]
    public void TheExampleOfTheGuideRunsInAnEmptyProject()
    {
        var readme = File.ReadAllText(Path.Combine(Root(), "engine", "README.md"));
        var project = Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName;
        File.WriteAllText(Path.Combine(project, "Program.cs"), CodeBlock().Match(readme).Groups[1].Value);
        File.WriteAllText(Path.Combine(project, "empty.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="PoseEngine" Version="*" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(project, "nuget.config"), LocalFeed);
        var lines = Dotnet(project, "run", "-c", "Release").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        TestContext.Out.WriteLine(lines[^1]);
        var last = double.Parse(Number().Match(lines[^1]).Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(last, Is.LessThan(0.1), "the outputs lie on their sphere of radius 10");
    }

    /// <summary>As a .NET tool the program brings what it needs, and trains where nothing of the sources is.</summary>
    [Test]
    public void TheProgramIsInstalledAsAToolAndRuns()
    {
        var place = Directory.CreateDirectory(Path.Combine(_folder, "tool")).FullName;
        var package = Directory.GetFiles(Path.Combine(_folder, "feed"), "PoseEngine.Tool.*.nupkg").Single();
        var version = Path.GetFileNameWithoutExtension(package)["PoseEngine.Tool.".Length..];
        File.WriteAllText(Path.Combine(place, "nuget.config"), LocalFeed);
        Dotnet(place, "tool", "install", "PoseEngine.Tool", "--version", version, "--tool-path", place, "--configfile", Path.Combine(place, "nuget.config"));
        var program = Path.Combine(place, OperatingSystem.IsWindows() ? "poseengine.exe" : "poseengine");
        var output = Run(place, program, "pose", "--preset", "smoke", "--images", "60", "--batch", "8", "--out", "run", "--device", "cpu");
        Assert.That(output, Does.Contain("report: "));
        Assert.That(File.Exists(Path.Combine(place, "run", "report.html")), Is.True);
    }

    private const string LocalFeed = """
        <configuration>
          <packageSources>
            <clear />
            <add key="local" value="../feed" />
          </packageSources>
        </configuration>
        """;

    /// <summary>Runs the .NET SDK, with a folder for packages of its own and nothing that outlives the call.</summary>
    private string Dotnet(string at, params string[] arguments) => Run(at, "dotnet", arguments);

    private string Run(string at, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = at };
        start.Environment.Remove(CudaLibrarySearch.OverrideVariable);
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(name);
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder, "packages");
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        var (code, output) = Shell.Run(start);
        Assert.That(code, Is.Zero, $"{program} {string.Join(' ', arguments)}:\n{output}");
        return output;
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, ".."));

    [GeneratedRegex("```csharp\n(using PoseEngine.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^PoseEngine\.\d+\.\d+\.\d+\.nupkg$")]
    private static partial Regex EnginePackage();

    [GeneratedRegex(@"[\d.]+")]
    private static partial Regex Number();
}
