using System.CommandLine.Help;
using PoseEngine.Cuda.Native;
using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Experiments.Commands;

/// <summary>The command line of poseengine: parses, runs a command and turns failures into exit codes.</summary>
public static class CommandLine
{
    /// <summary>Exit codes: it worked; something failed that the user could not have foreseen, or a check did; bad input; Ctrl-C, after which a run can be resumed.</summary>
    public const int Done = 0, Failed = 1, BadInput = 2, Interrupted = 130;

    public static int Run(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0) return Say($"{parsed.Errors[0].Message} Try: poseengine {CommandPath(parsed)}--help", BadInput);
        if (parsed.Tokens.Any(token => token.Value.Trim().Length == 0)) return Say("a value on the command line is empty; give it or leave its option out", BadInput);
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
        try
        {
            return parsed.InvokeAsync(configuration).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            var options = parsed.CommandResult.Command.Options;
            return Say(
                options.Any(option => option.Name == "--resume") ? "stopped; run the same command with --resume to go on"
                : options.Any(option => option.Name == "--restart") ? "stopped; run the same command again to go on"
                : "stopped; nothing was written", Interrupted);
        }
        catch (Exception e) when (e is UserErrorException or ModelFileException)
        {
            return Say(e.Message, BadInput);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Say(e.Message.Split('\n')[0], BadInput);
        }
        catch (Exception e) when (e is DivergedException or CudaException or AbovePeakException)
        {
            return Say(e.Message, Failed);
        }
        catch (OutOfMemoryException e)
        {
            return Say($"{e.Message}; a smaller --batch or --active needs less memory", Failed);
        }
    }

    internal static RootCommand Root() => new(
        """
        Trains deep networks under hard constraints: 3D human pose with symmetric limbs, and problems of your own.

        Examples:
          poseengine pose                            train all methods on synthetic walkers, report in runs/pose-quick
          poseengine pose --preset smoke             the same in a minute, to see that everything works
          poseengine train --method hard-sgd --start runs/pose-quick/models/unconstrained.safetensors
          poseengine problem show pose               what a problem file says; train --problem FILE takes your own
          poseengine sweep fig2 --preset smoke       Fig. 2 over grids of settings and seeds
          poseengine spheres                         Fig. 3 and 4
          poseengine krylov --preset smoke           Table 1, as stated and as seen
          poseengine evaluate --model runs/pose-quick/models/unconstrained.safetensors
          poseengine doctor runs/pose-quick/models/unconstrained.safetensors
          poseengine predict --model runs/pose-quick/models/unconstrained.safetensors --image photo.jpg --out prediction
          poseengine check --precision float64       prove the derivatives on this machine
        """)
    {
        PoseCommand.Create(),
        TrainCommand.Create(),
        ProblemCommand.Create(),
        SweepCommand.Create(),
        StudyCommand.Create(),
        SpheresCommand.Create(),
        KrylovCommand.Create(),
        EvaluateCommand.Create(),
        DoctorCommand.Create(),
        ModelCommand.Create(),
        PredictCommand.Create(),
        DataCommand.Create(),
        CheckCommand.Create(),
        BenchCommand.Create(),
        ReportCommand.Create(),
        DevicesCommand.Create(),
    };

    private static int Say(string text, int code)
    {
        Console.Error.WriteLine($"poseengine: {text}");
        return code;
    }

    private static string CommandPath(ParseResult parsed)
    {
        var path = "";
        for (var command = parsed.CommandResult; command.Command is not RootCommand; command = (System.CommandLine.Parsing.CommandResult)command.Parent!)
        {
            path = $"{command.Command.Name} {path}";
        }
        return path;
    }
}
