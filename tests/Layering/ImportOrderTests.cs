using PoseEngine.Tests.Cuda;

namespace PoseEngine.Tests.Layering;

/// <summary>Imports point downwards: the order of the folders, read from the sources.</summary>
public sealed class ImportOrderTests
{
    private static readonly ImportOrder Engine = new(
        "engine", "PoseEngine",
        ["Files", "Tensors", "Kernels", "Expressions", "Constraints", "Layers", "Functions", "Krylov", "Kkt", "Formats", "Models", "Training"],
        new Dictionary<string, string[]>
        {
            // Solvers know neither networks nor constraints.
            ["Krylov"] = ["Tensors", "Kernels"],
            // Devices are known only to whoever creates one.
            ["Cpu"] = ["Tensors", "Kernels", "Expressions"],
            ["Cuda"] = ["Tensors", "Kernels", "Expressions"],
        });

    /// <summary>Beside the engine, which all of them may use.</summary>
    private static readonly ImportOrder Experiments = new(
        "experiments", "PoseEngine.Experiments",
        ["Data", "Methods", "Problems", "Metrics", "Reports", "Runs", "Checks", "Interchange", "Benchmarks", "Evaluations", "Predictions", "Doctor", "Spheres", "Sweeps", "Studies", "Krylov", "Commands"],
        new Dictionary<string, string[]>(), hasGlobalUsings: true);

    [OneTimeSetUp]
    public void FindSources()
    {
        if (Repository.Folder is null) Assert.Ignore("the sources are not here");
    }

    [TestCase("engine")]
    [TestCase("experiments")]
    public void ImportsPointDownwards(string root)
    {
        var order = OrderOf(root);
        Assert.That(
            ImportOrder.Sources(root).Where(source => !IsProgram(source.File))
                .SelectMany(source => order.Violations(source.Folder, source.Text).Select(used => $"{source.File} uses {used}")),
            Is.Empty);
    }

    [TestCase("engine", "PoseEngine")]
    [TestCase("experiments", "PoseEngine.Experiments")]
    public void EveryFolderHasItsPlaceAndItsNamespace(string root, string rootNamespace)
    {
        foreach (var (folder, file, text) in ImportOrder.Sources(root))
        {
            if (IsProgram(file)) continue;
            var expected = folder.Length == 0 ? $"namespace {rootNamespace};" : $"namespace {rootNamespace}.{folder}";
            Assert.That(text, Does.Contain(expected), file);
            if (folder.Length > 0) Assert.That(OrderOf(root).Folders, Does.Contain(folder), "a new folder needs its place in the order");
        }
    }

    [Test]
    public void TheEngineKnowsNoProgramAndNoConsole()
    {
        foreach (var (_, file, text) in ImportOrder.Sources("engine"))
        {
            Assert.That(ImportOrder.Code(text), Does.Not.Contain("PoseEngine.Experiments").And.Not.Match(@"\bConsole\."), file);
        }
    }

    [TestCase("engine", "Krylov", "using PoseEngine.Kkt;", ExpectedResult = "Kkt")]
    [TestCase("engine", "Krylov", "using PoseEngine.Layers;", ExpectedResult = "Layers")]
    [TestCase("engine", "Kkt", "using static PoseEngine.Cuda.CudaPlatform;", ExpectedResult = "Cuda")]
    [TestCase("engine", "Kernels", "new PoseEngine.Layers.Relu<float>()", ExpectedResult = "Layers")]
    [TestCase("engine", "Functions", "var probe = Cuda.CudaPlatform.Probe();", ExpectedResult = "Cuda")]
    [TestCase("engine", "", "using PoseEngine.Tensors;", ExpectedResult = "Tensors")]
    [TestCase("engine", "Training", "using PoseEngine.Models; // PoseEngine.Cpu", ExpectedResult = "")]
    [TestCase("engine", "Cuda", "using PoseEngine.Cuda.Native; using PoseEngine.Expressions;", ExpectedResult = "")]
    [TestCase("experiments", "Data", "Reports.RunDirectory.Holds(path)", ExpectedResult = "Reports")]
    [TestCase("experiments", "Data", "Reports.Add(path)", ExpectedResult = "")]
    [TestCase("experiments", "Methods", "void Train(RunDirectory directory)", ExpectedResult = "Reports")]
    [TestCase("experiments", "Metrics", "MethodRegistry.Get(name)", ExpectedResult = "")]
    public string AnImportThatPointsUpwardsIsFound(string root, string folder, string text)
        => string.Join(' ', OrderOf(root).Violations(folder, text));

    private static ImportOrder OrderOf(string root) => root == "engine" ? Engine : Experiments;

    /// <summary>The program's first lines, which call the commands.</summary>
    private static bool IsProgram(string file) => Path.GetFileName(file) == "Program.cs";
}
