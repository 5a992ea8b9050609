namespace PoseEngine.Cuda.Native;

/// <summary>
/// The launches of a device since the host last knew that all was well. A device tells of a fault at some later call, which
/// has nothing to do with it: what a message can name are the launches that it may have come from.
/// </summary>
internal sealed class LaunchHistory
{
    /// <summary>How the names of graphs begin: what can be taken apart to find the kernel at fault.</summary>
    public const string GraphTitle = "the graph ";

    private const string TakesApart = $"{CudaRecording.Variable}=0 takes graphs apart into their kernels";

    private readonly Lock _lock = new();
    private long _total;
    private long _settled;
    private string _first = "";
    private string _last = "";

    /// <summary>That of the context which the calling thread uses.</summary>
    [field: ThreadStatic]
    public static LaunchHistory? Current { get; set; }

    /// <summary>How many there were, settled or not.</summary>
    public long Total
    {
        get
        {
            lock (_lock) return _total;
        }
    }

    /// <summary>Work was given to the device.</summary>
    public void Add(string name)
    {
        lock (_lock)
        {
            if (_total++ == _settled) _first = name;
            _last = name;
        }
    }

    /// <summary>The device has done so many of <see cref="Total"/> without a fault; where more was given to it since, all are still suspected.</summary>
    public void Settle(long done)
    {
        lock (_lock)
        {
            if (done == _total) _settled = done;
        }
    }

    /// <summary>Where a failure may come from, as the end of its message; empty where the call itself has failed.</summary>
    /// <param name="code">The result of the call.</param>
    public string Explain(int code)
    {
        if (!IsFault(code)) return "";
        lock (_lock)
        {
            var count = _total - _settled;
            return count switch
            {
                0 => "",
                1 when _first.StartsWith(GraphTitle, StringComparison.Ordinal) => $"; it comes from {_first} ({TakesApart})",
                1 => $"; it comes from {_first}",
                _ => $"; it comes from one of the {count} launches since the device was last waited for, the first {_first}, the last {_last} (CUDA_LAUNCH_BLOCKING=1 makes the driver tell at once, {TakesApart})",
            };
        }
    }

    /// <summary>Whether a kernel can have caused it, which makes all calls after it fail alike.</summary>
    private static bool IsFault(int code) => code is 700 or 702 or 710 or (>= 714 and <= 719);
}
