namespace PoseEngine.Models;

/// <summary>A model or checkpoint file that cannot be used; the message is one line that says why.</summary>
public class ModelFileException(string message, Exception? inner = null) : Exception(message, inner);
