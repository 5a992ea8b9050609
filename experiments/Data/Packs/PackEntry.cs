using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Data;

/// <summary>Where an image of a pack comes from: a row of meta.csv.</summary>
/// <param name="Trial">1 or 2.</param>
/// <param name="Camera">1 to 4.</param>
/// <param name="Frame">The frame at 50 Hz, counted from 0.</param>
/// <param name="Source">"walker", or "bvh:" and the name of a clip, or what an importer calls its data.</param>
/// <param name="Crop">Which part of the view the image shows; null where it is not known.</param>
public readonly record struct PackEntry(string Subject, int Trial, int Camera, int Frame, string Source, CropGeometry? Crop);

/// <summary>What fills a pack: images by index, from any number of threads at once.</summary>
public interface IPackSource
{
    /// <summary>The number of images.</summary>
    int Count { get; }

    /// <summary>Writes image <paramref name="index"/> (128 x 128 x 3 bytes, RGB) and its pose (17 x 3, mm, camera space minus the pelvis)
    /// and tells where it comes from. Called from several threads.</summary>
    PackEntry Make(int index, Span<byte> image, Span<float> pose);
}

/// <summary>How a pack was made: the content of pack.json.</summary>
/// <param name="Generator">What made it: "walker", "motion" or the name of an importer.</param>
/// <param name="GeneratorVersion">Goes up whenever the same settings would give other images.</param>
public sealed record PackDescription(
    string Generator, int GeneratorVersion, ulong Seed, double Scale, double Difficulty, IReadOnlyList<string> Subjects,
    int ImageCount)
{
    /// <summary>What an importer found and did, by name; null for packs that were drawn.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Origin { get; init; }
}
