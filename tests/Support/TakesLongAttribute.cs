namespace PoseEngine.Tests.Support;

/// <summary>Begin early: the machine would wait for it alone at the end.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TakesLongAttribute : Attribute;
