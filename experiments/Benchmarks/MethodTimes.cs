namespace PoseEngine.Experiments.Benchmarks;

/// <summary>A row of the timing table: what an iteration of a method costs, and of what its time is made.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Minibatch">Labelled samples.</param>
/// <param name="ActiveSamples">Samples under constraints, drawn at random; 0 where there are none.</param>
/// <param name="Solver">How the KKT system is solved, or null where there is none.</param>
/// <param name="SecondsPerIteration">The median, without clocks inside.</param>
/// <param name="PaperLeast">The paper's time in seconds, or the least of a range; null where it gives none.</param>
/// <param name="PaperMost">The most of the range.</param>
/// <param name="KrylovIterations">Of the step; null where no Krylov solver ran.</param>
/// <param name="Solve">The share of the step that goes into the solver, with all products that it takes; 0 to 1.</param>
/// <param name="Forward">The share of layers forward.</param>
/// <param name="Rop">The share of R-ops.</param>
/// <param name="Lop">The share of L-ops.</param>
/// <param name="Vectors">The share of vector arithmetic.</param>
/// <param name="Other">The rest: matrices of constraint rows and their factors, optimizers, constraints, transfers.</param>
/// <param name="Failure">Why there are no figures, or null.</param>
public sealed record MethodTimes(
    string Method, int Minibatch, int ActiveSamples, string? Solver, double SecondsPerIteration, double? PaperLeast,
    double? PaperMost, double? KrylovIterations, double Solve, double Forward, double Rop, double Lop, double Vectors,
    double Other, string? Failure = null);
