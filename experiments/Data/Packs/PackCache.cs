using System.Security.Cryptography;

namespace PoseEngine.Experiments.Data;

/// <summary>A folder that keeps packs, each named by what it contains: asking twice for the same settings makes it once, and two programs
/// that ask at once do not disturb each other.</summary>
public sealed class PackCache
{
    /// <param name="folder">Where the packs live; the user's cache folder by default.</param>
    public PackCache(string? folder = null) => Folder = Path.GetFullPath(folder ?? DefaultFolder());

    public string Folder { get; }

    /// <summary>poseengine in XDG_CACHE_HOME or ~/.cache, or in the local application data on Windows.</summary>
    public static string DefaultFolder()
    {
        const string Name = "poseengine";
        if (OperatingSystem.IsWindows()) return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), Name);
        var xdg = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!string.IsNullOrEmpty(xdg) && Path.IsPathRooted(xdg)) return Path.Combine(xdg, Name);
        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", Name);
    }

    public string PathOf(WalkerSettings settings)
    {
        settings.Validate();
        return PathOf(settings.Identity(), "walker");
    }

    private string PathOf(string identity, string kind)
        => Path.Combine(Folder, $"{kind}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)).AsSpan(0, 8))}");

    /// <summary>The folder of the pack, made first if it is not there. Whoever comes second waits until the first has made it.</summary>
    public string GetOrMake(WalkerSettings settings, IProgress<(long Done, long Total)>? progress = null, CancellationToken token = default)
    {
        settings.Validate();
        return GetOrMake(settings.Identity(), "walker", target => WalkerMaker.Make(settings, target, progress, token), token);
    }

    /// <summary>The folder of any pack that can be made again.</summary>
    /// <param name="identity">What decides its content.</param>
    /// <param name="kind">The beginning of the folder's name.</param>
    /// <param name="make">Makes the pack in a folder that is not there yet.</param>
    /// <param name="token">Ends the waiting.</param>
    public string GetOrMake(string identity, string kind, Action<string> make, CancellationToken token)
    {
        var target = PathOf(identity, kind);
        if (Directory.Exists(target)) return target;
        using var claim = Claim(target, token);
        if (Directory.Exists(target)) return target;
        // Nobody else makes this pack while the claim is held, so unfinished ones belong to programs that died.
        foreach (var left in Directory.EnumerateDirectories(Folder, PackWriter.TemporaryPrefix(target) + "*")) PackWriter.DeleteQuietly(left);
        make(target);
        return target;
    }

    /// <summary>Waits for the lock file of a pack.</summary>
    private FileStream Claim(string target, CancellationToken token)
    {
        UserErrorException Refused(string what, Exception error) => new($"the cache {Folder} cannot be {what} ({error.Message}): name another with --cache", error);
        Attempt.Io(() => Directory.CreateDirectory(Folder), error => Refused("made", error));
        return Attempt.Io(() => OutputFile.Claim(target + ".lock", TimeSpan.MaxValue, token), error => Refused("written", error));
    }
}
