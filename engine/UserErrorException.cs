namespace PoseEngine;

/// <summary>
/// Something the user can mend: a missing file, a bad option, a damaged pack. The message is one line that names the
/// value, the limit and the remedy; the program prints it and ends with exit code 2.
/// </summary>
public sealed class UserErrorException(string message, Exception? inner = null) : Exception(message, inner);
