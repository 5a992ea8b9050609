using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace PoseEngine.Tests;

/// <summary>The package of the engine: what is in it, and that the example of README runs from it in an empty project.</summary>
public partial class PackageTests
{
    private static readonly string Configuration = new DirectoryInfo(TestContext.CurrentContext.TestDirectory).Parent!.Name;
    private string _folder = null!;

    [OneTimeSetUp]
    public void Pack()
    {
        if (!File.Exists(Path.Combine(Root(), "engine", "PoseEngine.csproj"))) Assert.Ignore("the sources are not here: there is nothing to pack");
        _folder = Directory.CreateTempSubdirectory("poseengine-package-").FullName;
        Dotnet(Root(), "pack", "engine", "--no-build", "-c", Configuration, "-o", Path.Combine(_folder, "feed"));
    }

    [OneTimeTearDown]
    public void Delete()
    {
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void ItHoldsGuideLicenceDocumentationSymbolsAndKernels()
    {
        var package = Directory.GetFiles(Path.Combine(_folder, "feed")).Single();
        Assert.That(Path.GetFileName(package), Does.Match(@"^PoseEngine\.\d+\.\d+\.\d+\.nupkg$"));
        using var archive = ZipFile.OpenRead(package);
        var names = archive.Entries.Select(entry => entry.FullName);
        const string assembly = "lib/net10.0/PoseEngine.Core";
        Assert.That(names, Is.SupersetOf((string[])["README.md", "LICENSE", $"{assembly}.dll", $"{assembly}.xml", $"{assembly}.pdb"]));
        using var stream = new MemoryStream();
        using (var packed = archive.GetEntry($"{assembly}.dll")!.Open()) packed.CopyTo(stream);
        Assert.That(Assembly.Load(stream.ToArray()).GetManifestResourceNames(), Does.Contain("kernels/real.cuh"));
    }

    [Test]
    public void TheExampleOfReadmeRunsInAnEmptyProject()
    {
        var readme = File.ReadAllText(Path.Combine(Root(), "README.md"));
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
        File.WriteAllText(Path.Combine(project, "nuget.config"), """
            <configuration>
              <packageSources>
                <clear />
                <add key="local" value="../feed" />
              </packageSources>
            </configuration>
            """);
        var lines = Dotnet(project, "run", "-c", "Release").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        TestContext.Out.WriteLine(lines[^1]);
        var last = double.Parse(Number().Match(lines[^1]).Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(last, Is.LessThan(0.1), "the outputs lie on their sphere of radius 10");
    }

    /// <summary>Runs the .NET SDK, with a folder for packages of its own and nothing that outlives the call.</summary>
    private string Dotnet(string at, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = at, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray()) start.Environment.Remove(name);
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder, "packages");
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"dotnet {string.Join(' ', arguments)}:\n{output}{errors.Result}");
        return output;
    }

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, ".."));

    [GeneratedRegex("```csharp\n(using PoseEngine.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"[\d.]+")]
    private static partial Regex Number();
}
