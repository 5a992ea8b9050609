using PoseEngine.Experiments.Commands;

return CommandLine.Run(args);
