using PoseEngine.Experiments.Reports;

namespace PoseEngine.Tests.Experiments.Reports;

/// <summary>The components of pages: tables for pages and console, sections, claims.</summary>
public sealed class PageTests
{
    private static readonly ReportTable Table = ReportTable.Of(
        [Column.Text("name"), "value\nmm", Column.Wrapped("state")], [["a<b>", "1.50", "done"], ["longer", "–", ""]], "See `poseengine --help` <here>.");

    [Test]
    public void ATableIsAlignedOnTheConsole()
    {
        Assert.That(Table.Lines(isRuled: true).Select(line => line.TrimEnd()), Is.EqualTo(new[]
        {
            "name    value mm  state",
            "-----------------------",
            "a<b>        1.50  done",
            "longer         –",
        }));
        Assert.That(Table.Lines(first: 10, others: 9, indent: "> ").First(), Is.EqualTo("> name         value mm  state    "));
    }

    [Test]
    public void ATableIsEscapedOnAPage() => Assert.That(Table.Html(), Does
        .Contain("<th class=\"text\">name</th><th>value<br><small>mm</small></th><th class=\"text wrapped\">state</th>").And
        .Contain("<td class=\"text\">a&lt;b&gt;</td><td>1.50</td>").And.Contain("See <code>poseengine --help</code> &lt;here&gt;."));

    [Test]
    public void SectionsAreListedAndTextsEscaped()
    {
        var page = new Page("A <title>");
        page.Meta("<meta>");
        page.Section("First & second");
        page.Claims([new ClaimItem("it <holds>", "agrees", "yes", ("measured", "1 < 2"), ("rule", ""))]);
        page.Section("Other");
        page.End("poseengine \"<x>\"", "", []);
        var html = page.Html();
        Assert.That(html, Does.Contain("<li><a href=\"#section-first-second\">First &amp; second</a></li>").And.Contain("<h2 id=\"section-first-second\">"));
        Assert.That(html, Does.Contain("<li class=\"yes\">").And.Contain("it &lt;holds&gt;").And.Contain("<dd>1 &lt; 2</dd>").And.Not.Contain("<dt>rule"));
        Assert.That(html, Does.Contain("&lt;meta&gt;").And.Contain("&quot;&lt;x&gt;&quot;").And.Not.Contain("Notes").And.EndWith("</html>\n"));
    }
}
