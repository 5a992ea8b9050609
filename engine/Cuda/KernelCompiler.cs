using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>
/// Compiles the texts of <c>kernels/</c> by NVRTC, once for each set of constants: to machine code of the device where
/// the compiler knows it, else to PTX that the driver translates. Results are kept in memory and on disk.
/// </summary>
internal sealed unsafe class KernelCompiler(CudaContext context) : IDisposable
{
    /// <summary>The option that keeps a b + c two operations.</summary>
    public const string Unfused = "--fmad=false";

    private readonly Dictionary<(string Text, string Options), CudaModule> _modules = [];
    private KernelTarget? _target;

    /// <summary>What the compiler produces for this device.</summary>
    public KernelTarget Target => _target ??= KernelTarget.For(context.Info);

    /// <summary>The kernels of a file on <c>real</c> = T.</summary>
    /// <param name="file">Its name, such as "relu.cu".</param>
    /// <param name="constants">Macros that the text reads.</param>
    public CudaModule Load<T>(string file, params ReadOnlySpan<(string Name, long Value)> constants)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => LoadText<T>(file, Text(file), constants);

    /// <summary>
    /// The kernels of a file whose products and sums are each rounded by themselves: a b + c is one operation only where
    /// the text says so. For kernels that must agree with the host to the bit.
    /// </summary>
    public CudaModule LoadUnfused<T>(string file)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => LoadUnfused<T>(file, Text(file));

    /// <summary>The same of a text that is not one of the library's.</summary>
    public CudaModule LoadUnfused<T>(string name, string text)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => LoadText(name, text, [Unfused, .. Defines<T>([])]);

    public void Dispose()
    {
        foreach (var module in _modules.Values) module.Unload();
        _modules.Clear();
    }

    /// <summary>The kernels of a text that is not one of the library's, which may include the library's headers.</summary>
    public CudaModule LoadText<T>(string name, string text, params ReadOnlySpan<(string Name, long Value)> constants)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => LoadText(name, text, [.. Defines<T>(constants)]);

    /// <summary>The same with other options behind those that all kernels have.</summary>
    public CudaModule LoadText(string name, string text, params string[] more)
    {
        string[] options = [$"--gpu-architecture={Target.Architecture}", "--std=c++17", "-lineinfo", .. more];
        var key = (text, $"{name} {string.Join(' ', options)}");
        if (_modules.TryGetValue(key, out var module)) return module;
        context.MakeCurrent();
        return _modules[key] = Load(name, text, options);
    }

    private static List<string> Defines<T>(ReadOnlySpan<(string Name, long Value)> constants)
    {
        List<string> options = [typeof(T) == typeof(float) ? "-DREAL=float" : "-DREAL=double"];
        foreach (var (name, value) in constants) options.Add($"-D{name}={value}");
        return options;
    }

    private static string Text(string file)
        => KernelSources.All.TryGetValue(file, out var text)
            ? text
            : throw new ArgumentException($"cuda: there is no kernel file {file}, only {string.Join(", ", KernelSources.All.Keys.Order())}", nameof(file));

    private CudaModule Load(string file, string text, string[] options)
    {
        var cache = new KernelCache(context.Info, Target, file, text, options);
        if (cache.Read() is { } cached)
        {
            if (TryLoad(cached, out var handle, out _) == 0) return new CudaModule(context, handle);
            cache.Delete();
        }
        var image = Compile(file, text, options);
        cache.Write(image);
        var result = TryLoad(image, out var compiled, out var log);
        if (result != 0)
        {
            throw CudaException.OfDriver(result, KernelFailure.Loading(file, options, context.Info, Target, CudaPlatform.DriverVersion(), log));
        }
        return new CudaModule(context, compiled);
    }

    /// <summary>Loads code into the driver; the log is what its translator has to say about PTX that it refuses.</summary>
    internal static int TryLoad(byte[] image, out nint handle, out string log)
    {
        const int capacity = 8192;
        var buffer = stackalloc byte[capacity];
        var options = stackalloc[] { JitOption.ErrorLog, JitOption.ErrorLogBytes };
        var values = stackalloc void*[] { buffer, (void*)capacity };
        buffer[0] = 0;
        int result;
        fixed (byte* bytes = image) result = Driver.cuModuleLoadDataEx(out handle, bytes, 2, options, values);
        log = Marshal.PtrToStringUTF8((nint)buffer)!.Trim();
        return result;
    }

    private byte[] Compile(string file, string text, string[] options)
    {
        var headers = KernelSources.Headers.ToArray();
        using var texts = new Utf8Array(headers.Select(header => header.Value));
        using var names = new Utf8Array(headers.Select(header => header.Key));
        Nvrtc.Check(Nvrtc.nvrtcCreateProgram(out var program, text, file, headers.Length, texts.Pointers, names.Pointers));
        try
        {
            using var arguments = new Utf8Array(options);
            var result = Nvrtc.nvrtcCompileProgram(program, options.Length, arguments.Pointers);
            if (result != 0) throw KernelFailure.OfCompilation(result, file, options, Log(program));
            return Target.IsMachineCode ? MachineCode(program) : Ptx(program);
        }
        finally
        {
            _ = Nvrtc.nvrtcDestroyProgram(ref program);
        }
    }

    private static byte[] MachineCode(nint program)
    {
        Nvrtc.Check(Nvrtc.nvrtcGetCUBINSize(program, out var size));
        var image = new byte[size];
        fixed (byte* bytes = image) Nvrtc.Check(Nvrtc.nvrtcGetCUBIN(program, bytes));
        return image;
    }

    private static byte[] Ptx(nint program)
    {
        Nvrtc.Check(Nvrtc.nvrtcGetPTXSize(program, out var size));
        var image = new byte[size];
        fixed (byte* bytes = image) Nvrtc.Check(Nvrtc.nvrtcGetPTX(program, bytes));
        return image;
    }

    private static string Log(nint program)
    {
        Nvrtc.Check(Nvrtc.nvrtcGetProgramLogSize(program, out var size));
        var text = new byte[size];
        fixed (byte* bytes = text) Nvrtc.Check(Nvrtc.nvrtcGetProgramLog(program, bytes));
        return Encoding.UTF8.GetString(text).TrimEnd('\0', '\n');
    }

    /// <summary>C strings for the length of a call.</summary>
    private readonly struct Utf8Array : IDisposable
    {
        private readonly byte** _pointers;
        private readonly int _count;

        public Utf8Array(IEnumerable<string> texts)
        {
            var all = texts.ToArray();
            _count = all.Length;
            _pointers = (byte**)NativeMemory.Alloc((nuint)Math.Max(_count, 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++) _pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(all[i]);
        }

        public byte** Pointers => _pointers;

        public void Dispose()
        {
            for (var i = 0; i < _count; i++) Marshal.FreeCoTaskMem((nint)_pointers[i]);
            NativeMemory.Free(_pointers);
        }
    }
}
