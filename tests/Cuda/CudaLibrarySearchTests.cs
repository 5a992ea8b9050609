using PoseEngine.Cuda;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Tests.Cuda;

/// <summary>The order in which CUDA's libraries are looked for.</summary>
[NonParallelizable]
[Platform("Linux")]
public class CudaLibrarySearchTests
{
    private static readonly string[] Variables = ["POSE_CUDA_DIR", "CUDA_PATH", "CUDA_HOME", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH"];
    private readonly Dictionary<string, string?> _saved = [];
    private string _folder = null!;

    [SetUp]
    public void Isolate()
    {
        _folder = Directory.CreateTempSubdirectory("poseengine-search-").FullName;
        foreach (var name in Variables)
        {
            _saved[name] = Environment.GetEnvironmentVariable(name);
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [TearDown]
    public void Restore()
    {
        foreach (var (name, value) in _saved) Environment.SetEnvironmentVariable(name, value);
        Directory.Delete(_folder, true);
    }

    [Test]
    public void TheNamedFolderComesFirstThenTheLoader()
    {
        Environment.SetEnvironmentVariable("POSE_CUDA_DIR", _folder);
        var candidates = CudaLibrarySearch.Candidates(CudaLibraries.Driver, 0).ToArray();
        Assert.That(candidates[..2], Is.EqualTo(new[] { $"{_folder}/libcuda.so.1", "libcuda.so.1" }));
    }

    [TestCase(12, "libcublas.so.12")]
    [TestCase(13, "libcublas.so.13")]
    [TestCase(14, "libcublas.so.13")]
    [TestCase(0, "libcublas.so.13")]
    public void LibrariesNewerThanTheDriverComeLast(int driver, string first)
        => Assert.That(CudaLibrarySearch.Candidates(CudaLibraries.Cublas, driver).First(), Is.EqualTo(first));

    /// <summary>cuSOLVER's number is one behind that of its CUDA.</summary>
    [TestCase(12, "libcusolver.so.11")]
    [TestCase(13, "libcusolver.so.12")]
    [TestCase(0, "libcusolver.so.12")]
    public void TheSolverOfTheDriversGenerationComesFirst(int driver, string first)
        => Assert.That(CudaLibrarySearch.Candidates(CudaLibraries.Cusolver, driver).First(), Is.EqualTo(first));

    [Test]
    public void TheSolverIsFoundInWheels()
    {
        var shared = Touch("venv/lib/python3.12/site-packages/nvidia/cu13/lib/libcusolver.so.12");
        var own = Touch("venv/lib/python3.12/site-packages/nvidia/cusolver/lib/libcusolver.so.11");
        Environment.SetEnvironmentVariable("VIRTUAL_ENV", Path.Combine(_folder, "venv"));
        var found = CudaLibrarySearch.Candidates(CudaLibraries.Cusolver, 13).Where(path => path.StartsWith(_folder, StringComparison.Ordinal));
        Assert.That(found, Is.EqualTo(new[] { shared, own }));
    }

    [Test]
    public void TheSolversCompanionsComeInTheOrderOfTheirNeedsFromTheirPackages()
    {
        var library = Touch("nvidia/cusolver/lib/libcusolver.so.11");
        var sparse = Touch("nvidia/cusparse/lib/libcusparse.so.12");
        var blas = Touch("nvidia/cublas/lib/libcublas.so.12");
        var lightBlas = Touch("nvidia/cublas/lib/libcublasLt.so.12");
        var linker = Touch("nvidia/nvjitlink/lib/libnvJitLink.so.12");
        Assert.That(CudaLibrarySearch.Companions(CudaLibraries.Cusolver, library), Is.EqualTo(new[] { linker, lightBlas, blas, sparse }));
        Touch("elsewhere/cusparse/lib/libcusparse.so.12");
        Assert.That(CudaLibrarySearch.Companions(CudaLibraries.Cusolver, Touch("elsewhere/cusolver/lib/libcusolver.so.11")), Is.Empty);
    }

    [Test]
    public void AMissingSolverIsNoObstacle()
    {
        CudaLibraryReport[] libraries = [new("cuSOLVER", null, ["libcusolver.so.12"], "for factors"), new("cuBLAS", null, ["libcublas.so.13"])];
        Assert.That(libraries.Select(library => library.IsMissing), Is.EqualTo((bool[])[false, true]));
        Assert.That(
            new CudaAvailability([], "cuBLAS was not found", libraries).Explanation,
            Does.Contain("libcublas.so.13").And.Not.Contain("libcusolver"));
    }

    [Test]
    public void ToolkitsComeBeforeWheels()
    {
        var toolkit = Touch("cuda/lib64/libnvrtc.so.12");
        var shared = Touch("venv/lib/python3.12/site-packages/nvidia/cu13/lib/libnvrtc.so.13");
        var own = Touch("venv/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
        Touch("venv/lib/python3.12/site-packages/nvidia/cublas/lib/libnvrtc.so.12");
        Environment.SetEnvironmentVariable("CUDA_HOME", Path.Combine(_folder, "cuda"));
        Environment.SetEnvironmentVariable("VIRTUAL_ENV", Path.Combine(_folder, "venv"));
        var found = CudaLibrarySearch.Candidates(CudaLibraries.Nvrtc, 13).Where(path => path.StartsWith(_folder, StringComparison.Ordinal));
        Assert.That(found, Is.EqualTo(new[] { toolkit, shared, own }));
    }

    [TestCase(CudaLibraries.Cublas, "libcublas.so.12", "libcublasLt.so.12")]
    [TestCase(CudaLibraries.Cusolver, "libcusolver.so.12", "libcusparse.so.12")]
    [TestCase(CudaLibraries.Nvrtc, "libnvrtc.so.12", "libnvrtc-builtins.so.12.4")]
    public void ALibraryBringsItsCompanionAlong(string name, string file, string itsCompanion)
    {
        var library = Touch($"lib/{file}");
        Assert.That(CudaLibrarySearch.Companions(name, library), Is.Empty);
        var companion = Touch($"lib/{itsCompanion}");
        Assert.That(CudaLibrarySearch.Companions(name, library), Is.EqualTo(new[] { companion }));
        Assert.That(CudaLibrarySearch.Companions(name, file), Is.Empty);
    }

    private string Touch(string name)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return path;
    }
}
