namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>One of the forms in which people have Human3.6M on disk.</summary>
public interface ILayout
{
    /// <summary>What --layout calls it.</summary>
    string Name { get; }

    /// <summary>Who makes such trees, in a few words.</summary>
    string Origin { get; }

    /// <summary>The file by which it is known, relative to ROOT, such as "S1/Walking-1/annot.h5".</summary>
    string Mark { get; }

    /// <summary>Whether a folder looks like this layout, by the names of its files alone.</summary>
    bool Matches(string root);

    /// <summary>The recordings that a request wants, ordered by subject, action, trial and camera. Read lazily: a recording's poses may be
    /// given up before the next one is read. Ask <see cref="ImportRequest.Wants"/> before large files are opened. Images that are missing
    /// are told by <see cref="NoFrames"/>, not by leaving the recording out.</summary>
    IEnumerable<Recording> Read(ImportRequest request, ImportLog log);
}
