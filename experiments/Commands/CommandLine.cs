using System.CommandLine.Help;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Experiments.Commands;

/// <summary>The command line of poseengine: parses, runs a command and turns failures into exit codes.</summary>
public static class CommandLine
{
    /// <summary>Everything worked.</summary>
    public const int Done = 0;

    /// <summary>Something failed that the user could not have foreseen, or a check did not pass.</summary>
    public const int Failed = 1;

    /// <summary>Bad input or usage.</summary>
    public const int BadInput = 2;

    /// <summary>Ctrl-C: the run can be resumed.</summary>
    public const int Interrupted = 130;

    /// <summary>Runs the program and returns its exit code.</summary>
    public static int Run(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            Console.Error.WriteLine($"poseengine: {parsed.Errors[0].Message} Try: poseengine {CommandPath(parsed)}--help");
            return BadInput;
        }
        if (parsed.Tokens.Any(token => token.Value.Trim().Length == 0))
        {
            Console.Error.WriteLine("poseengine: a value on the command line is empty; give it or leave its option out");
            return BadInput;
        }
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
        try
        {
            return parsed.InvokeAsync(configuration).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            var options = parsed.CommandResult.Command.Options;
            Console.Error.WriteLine(
                options.Any(option => option.Name == "--resume") ? "poseengine: stopped; run the same command with --resume to go on"
                : options.Any(option => option.Name == "--restart") ? "poseengine: stopped; run the same command again to go on"
                : "poseengine: stopped; nothing was written");
            return Interrupted;
        }
        catch (Exception e) when (e is UserErrorException or ModelFileException)
        {
            Console.Error.WriteLine($"poseengine: {e.Message}");
            return BadInput;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"poseengine: {e.Message.Split('\n')[0]}");
            return BadInput;
        }
        catch (DivergedException e)
        {
            Console.Error.WriteLine($"poseengine: {e.Message}");
            return Failed;
        }
        catch (CudaException e)
        {
            Console.Error.WriteLine($"poseengine: {e.Message}");
            return Failed;
        }
        catch (OutOfMemoryException e)
        {
            Console.Error.WriteLine($"poseengine: {e.Message}; a smaller --batch or --active needs less memory");
            return Failed;
        }
    }

    internal static RootCommand Root()
    {
        var root = new RootCommand(
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
              poseengine predict --model runs/pose-quick/models/unconstrained.safetensors --image photo.jpg --out prediction
              poseengine check --precision float64       prove the derivatives on this machine
            """)
        {
            PoseCommand.Create(),
            TrainCommand.Create(),
            ProblemCommand.Create(),
            SweepCommand.Create(),
            SpheresCommand.Create(),
            KrylovCommand.Create(),
            EvaluateCommand.Create(),
            ModelCommand.Create(),
            PredictCommand.Create(),
            DataCommand.Create(),
            CheckCommand.Create(),
            BenchCommand.Create(),
            ReportCommand.Create(),
            DevicesCommand.Create(),
        };
        return root;
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
