namespace PoseEngine.Experiments.Doctor;

/// <summary>A diagnosis on the console.</summary>
internal static class DoctorText
{
    private const int MostPairs = 5;

    public static void Write(TextWriter output, ModelDiagnosis model)
    {
        output.WriteLine($"\n{model.Path}{(model.Trained.Length > 0 ? $" ({MethodClasses.Pretty(model.Trained)})" : "")}");
        foreach (var note in model.Notes) output.WriteLine($"  {note}");
        var rows = model.Rows with { Pairs = [.. model.Rows.Pairs.Take(MostPairs)] };
        foreach (var table in (ReportTable[])[DoctorTables.Spectrum(rows), DoctorTables.Kinds(rows), DoctorTables.Pairs(rows), DoctorTables.Trials(model, isWholeOnly: true), DoctorTables.Forgetting(model)])
        {
            if (table.IsEmpty) continue;
            output.WriteLine();
            foreach (var line in DoctorTables.Lines(table)) output.WriteLine(line.TrimEnd());
        }
        output.WriteLine();
        foreach (var suspicion in DoctorReading.Suspicions(model)) output.WriteLine($"  {suspicion.Verdict,-13}  {suspicion.Text}");
    }
}
