namespace PoseEngine.Formats;

/// <summary>Does what may fail through no fault of the program, and tells a failure in the words that a user needs.</summary>
public static class Attempt
{
    public static T Of<T, TError>(Func<T> action, Func<TError, Exception> tell)
        where TError : Exception => When(action, error => error is TError, error => tell((TError)error));

    public static T Io<T>(Func<T> action, Func<Exception, Exception> tell) => When(action, error => error is IOException or UnauthorizedAccessException, tell);

    public static T When<T>(Func<T> action, Func<Exception, bool> expected, Func<Exception, Exception> tell)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (expected(error))
        {
            throw tell(error);
        }
    }
}
