using System.Text.RegularExpressions;

namespace PoseEngine.Experiments.Reports;

/// <summary>Draws a chart as SVG inside a page: no script, hover values as titles, text and grid in the page's own colours, so that it
/// follows the reader's light or dark setting. The legend stands beside it: <see cref="ChartLegend"/>.</summary>
internal sealed partial class ChartSvg
{
    private const double FontSize = 13, SmallFont = 11, Top = 12;

    // Beside the plot, where a bar of colours stands in wide ones.
    private const double UsualRight = 14, BarRight = 104, BarWidth = 14;
    private const int BarSteps = 48;

    // A letter of the font is about half as wide as high.
    private const double LetterWidth = .57;

    // More hover points a curve would lie above each other; more in a chart make the page heavy.
    private const int MostHovers = 60, MostHoversInAll = 1500;

    // Lines to places far outside are cut here, or browsers lose their digits.
    private const double Far = 20_000;

    private readonly StringBuilder _svg = new();
    private readonly Chart _chart;
    private readonly ChartAxis _x, _y;
    private readonly IReadOnlyList<Tick> _xTicks, _yTicks;
    private readonly double _width, _height, _left, _right, _bottom;
    private readonly IReadOnlyList<string> _names;
    private readonly bool _areNamesTurned;
    private readonly int _hovers;

    private ChartSvg(Chart chart)
    {
        (_chart, _x, _y) = (chart, chart.X, chart.Y);
        (_width, _height) = chart.IsWide ? (1120, 400) : chart.HasSquareUnits ? (620, 480) : (620, 410);
        _right = chart.Marks.Any(mark => mark is HeatMap) ? BarRight : UsualRight;
        _left = 34 + (LetterWidth * FontSize * Ticks.Of(_y, 6).Select(tick => tick.Label.Length).DefaultIfEmpty(0).Max());
        bool IsTooWide(string line) => LetterWidth * FontSize * line.Length > PlotWidth / _x.Categories.Count;
        _names = _x.Categories.Any(IsTooWide) ? [.. _x.Categories.Select(name => name.Contains('\n') ? name : FirstSpace().Replace(name, "\n", 1))] : _x.Categories;
        _areNamesTurned = _names.SelectMany(name => name.Split('\n')).Any(IsTooWide);
        _bottom = _names.Count == 0 ? 46 : _areNamesTurned ? 16 + (.6 * LetterWidth * FontSize * _names.Max(name => name.Length)) : 40;
        if (chart.HasSquareUnits)
        {
            // The limits of the axis that has room to spare are moved apart.
            var unit = Math.Max((_x.High - _x.Low) / PlotWidth, (_y.High - _y.Low) / PlotHeight);
            (_x, _y) = (Around(_x, unit * PlotWidth), Around(_y, unit * PlotHeight));
        }
        (_xTicks, _yTicks) = (Ticks.Of(_x, chart.IsWide ? 12 : 7), Ticks.Of(_y, 6));
        _hovers = Math.Min(MostHovers, MostHoversInAll / Math.Max(1, chart.Marks.OfType<Curve>().Count()));

        static ChartAxis Around(ChartAxis axis, double length) => axis with { Low = (axis.Low + axis.High - length) / 2, High = (axis.Low + axis.High + length) / 2 };
    }

    private double PlotWidth => _width - _left - _right;

    private double PlotHeight => _height - _bottom - Top;

    public static string Draw(Chart chart) => new ChartSvg(chart).Draw();

    private string Draw()
    {
        _svg.Append($"<svg class=\"chart\" viewBox=\"0 0 {_width} {_height}\" role=\"img\" aria-label=\"{Page.Escape(_chart.Title)}\">\n");
        AddAxes();
        // A nested element cuts what leaves the plot.
        _svg.Append($"<svg x=\"{_left}\" y=\"{Top}\" width=\"{PlotWidth}\" height=\"{PlotHeight}\">\n");
        foreach (var mark in _chart.Marks) Add(mark);
        // Above all, or a later line would take the pointer.
        foreach (var curve in _chart.Marks.OfType<Curve>()) AddHovers(curve);
        _svg.Append("</svg>\n");
        foreach (var map in _chart.Marks.OfType<HeatMap>()) AddColourBar(map);
        return _svg.Append("</svg>\n").ToString();
    }

    private double X(double place) => PlotWidth * (place - _x.From) / (_x.To - _x.From);

    private double Y(double place) => PlotHeight * (_y.To - place) / (_y.To - _y.From);

    private void AddAxes()
    {
        var (right, bottom) = (_left + PlotWidth, Top + PlotHeight);
        foreach (var tick in _yTicks)
        {
            var y = Top + Y(tick.Place);
            if (tick.Label.Length > 0) _svg.Append($"<path class=\"grid\" d=\"M{_left:0.#} {y:0.#}H{right:0.#}\"/>");
            AddText(_left - 7, y + 4.5, "end", tick.Label);
        }
        foreach (var tick in _xTicks)
        {
            var x = _left + X(tick.Place);
            if (_x.Categories.Count == 0 && tick.Label.Length > 0) _svg.Append($"<path class=\"grid\" d=\"M{x:0.#} {Top}V{bottom:0.#}\"/>");
            AddTick(x, bottom, _names.Count > 0 ? _names[(int)tick.Place] : tick.Label);
        }
        _svg.Append($"<path class=\"axis\" d=\"M{_left:0.#} {Top}V{bottom:0.#}H{right:0.#}\"/>\n");
        AddText((_left + right) / 2, _height - 6, "middle", _x.Title);
        AddText(14, (Top + bottom) / 2, "middle", _y.Title, $" transform=\"rotate(-90 14 {(Top + bottom) / 2:0.#})\"");
    }

    private void AddTick(double x, double bottom, string label)
    {
        if (_areNamesTurned)
        {
            AddText(x + 5, bottom + 14, "end", label.Replace('\n', ' '), $" transform=\"rotate(-35 {x + 5:0.#} {bottom + 14:0.#})\"");
            return;
        }
        var lines = label.Split('\n');
        for (var i = 0; i < lines.Length; i++) AddText(x, bottom + 17 + (i * FontSize), "middle", lines[i]);
    }

    private void AddText(double x, double y, string anchor, string text, string more = "", double size = FontSize)
    {
        if (text.Length > 0) _svg.Append($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{more}>").Append(Page.Escape(text)).Append("</text>\n");
    }

    private void Add(Mark mark)
    {
        _svg.Append($"<g style=\"--c:{PageColours.Css(mark.Style.Color)}\">");
        if (mark is Curve curve) AddCurve(curve);
        else if (mark is Area area) _svg.Append($"<path class=\"area\" fill-opacity=\"{area.Opacity}\" d=\"{PathOf(area.Outline)}Z\"/>");
        else if (mark is Bars bars) AddBars(bars);
        else if (mark is HeatMap map) AddCells(map);
        _svg.Append("</g>\n");
    }

    private void AddCurve(Curve curve)
    {
        var opacity = curve.Opacity < 1 ? $" opacity=\"{curve.Opacity}\"" : "";
        if (curve.Style.Width > 0 && curve.Points.Count > 1)
        {
            var dashes = curve.Style.Pattern.Intervals is { Length: > 0 } intervals ? $" stroke-dasharray=\"{string.Join(' ', intervals)}\"" : "";
            _svg.Append($"<path class=\"line\" stroke-width=\"{curve.Style.Width}\"{dashes}{opacity} d=\"{PathOf(curve.Points)}\"/>");
        }
        if (curve.MarkerSize <= 0) return;
        _svg.Append($"<path class=\"{MarkerClass(curve)}\"{opacity} d=\"");
        foreach (var (x, y) in Places(curve.Points)) _svg.Append(MarkerPath.Of(curve.Style.Marker, x, y, curve.MarkerSize));
        _svg.Append("\"/>");
    }

    private static string MarkerClass(Curve curve) => MarkerPath.IsStroke(curve.Style.Marker) ? "cross" : curve.Rim switch
    {
        Rim.Ink => "marker rim",
        Rim.Paper => "marker halo",
        _ => "marker",
    };

    private void AddBars(Bars bars)
    {
        var bottom = Y(0);
        for (var i = 0; i < bars.Values.Count; i++)
        {
            var value = bars.Values[i];
            if (!double.IsFinite(value)) continue;
            var (left, width, top) = (X(bars.Place(i) - (bars.Width / 2)), X(bars.Width) - X(0), Math.Max(Y(value), -9));
            _svg.Append($"<rect class=\"{(bars.Style.IsDashed ? "bar soft" : "bar")}\" x=\"{left:0.#}\" y=\"{top:0.#}\" width=\"{width:0.#}\" height=\"{bottom - top:0.#}\">")
                .Append("<title>").Append(Page.Escape($"{bars.Name}, {_x.Categories[i].Replace('\n', ' ')}\n{_y.Text(value)}")).Append("</title></rect>");
            var label = i < bars.Labels.Count ? bars.Labels[i] : "";
            if (width > LetterWidth * SmallFont * label.Length) AddText(left + (width / 2), top - 3, "middle", label, size: SmallFont);
        }
    }

    /// <summary>Colours that mean values are the same on light and dark paper.</summary>
    private void AddCells(HeatMap map)
    {
        foreach (var cell in map.Cells)
        {
            var (left, top) = (X(cell.Column - .5), Y(cell.Y + .5));
            var (width, height) = (X(cell.Column + .5) - left, Y(cell.Y - .5) - top);
            _svg.Append($"<rect x=\"{left:0.#}\" y=\"{top:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" style=\"fill:{map.Scale.Of(cell.Value).ToHex()}\"><title>")
                .Append(Page.Escape(map.Tell(cell.Row, cell.Column))).Append("</title></rect>");
            var text = map.TextOf(cell);
            if (width > LetterWidth * SmallFont * text.Length) AddText(left + (width / 2), top + (height / 2) + 4, "middle", text, $" style=\"fill:{map.Scale.InkOn(cell.Value).ToHex()};pointer-events:none\"", SmallFont);
        }
    }

    private void AddColourBar(HeatMap map)
    {
        var (axis, left, step) = (new ChartAxis("", "", -map.Scale.Limit, map.Scale.Limit), _left + PlotWidth + 18, PlotHeight / BarSteps);
        for (var i = 0; i < BarSteps; i++)
        {
            // A little higher than its part, or seams shine through.
            _svg.Append($"<rect x=\"{left:0.#}\" y=\"{Top + (i * step):0.##}\" width=\"{BarWidth}\" height=\"{step + (i < BarSteps - 1 ? .6 : 0):0.##}\" style=\"fill:{map.Scale.GetColor(1 - ((i + .5) / BarSteps)).ToHex()}\"/>");
        }
        foreach (var tick in Ticks.Of(axis, 6)) AddText(left + BarWidth + 6, Top + (PlotHeight * (axis.High - tick.Place) / (axis.High - axis.Low)) + 4.5, "start", tick.Label.Replace('-', '−'));
        var (x, middle) = (_width - 6, Top + (PlotHeight / 2));
        AddText(x, middle, "middle", map.Label, $" transform=\"rotate(-90 {x:0.#} {middle:0.#})\"");
    }

    /// <summary>Invisible circles that show a point's values while the pointer is over them.</summary>
    private void AddHovers(Curve curve)
    {
        if (curve.Name.Length == 0 && curve.Points.All(p => p.Note.Length == 0)) return;
        var seen = curve.Points.Where(p => IsSeen(p)).ToList();
        if (seen.Count == 0) return;
        _svg.Append($"<g style=\"--c:{PageColours.Css(curve.Style.Color)}\">");
        foreach (var point in Spaced(seen))
        {
            var (x, y) = Place(point);
            string[] lines = [string.Join(", ", ((string[])[curve.Name, point.Note]).Where(part => part.Length > 0)), $"{_x.Label} {_x.Text(point.X)}", $"{_y.Label} {_y.Text(point.Y)}"];
            _svg.Append($"<circle class=\"hover\" cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{Math.Max(6, curve.MarkerSize / 2):0.#}\"><title>").Append(Page.Escape(string.Join('\n', lines))).Append("</title></circle>");
        }
        _svg.Append("</g>\n");
    }

    private IEnumerable<ChartPoint> Spaced(List<ChartPoint> points)
    {
        var step = Math.Max(1, (int)Math.Ceiling(points.Count / (double)Math.Max(1, _hovers)));
        for (var i = points.Count - 1; i >= 0; i -= step) yield return points[i];
    }

    private bool IsSeen(ChartPoint point)
    {
        var (x, y) = Place(point);
        return x >= 0 && x <= PlotWidth && y >= 0 && y <= PlotHeight;
    }

    private (double X, double Y) Place(ChartPoint point) => (X(_x.Place(point.X)), Y(_y.Place(point.Y)));

    private IEnumerable<(double X, double Y)> Places(IReadOnlyList<ChartPoint> points) => points.Select(Place)
        .Where(p => double.IsFinite(p.X + p.Y)).Select(p => (Math.Clamp(p.X, -Far, Far), Math.Clamp(p.Y, -Far, Far)));

    /// <summary>Points less than a pixel apart are one.</summary>
    private string PathOf(IReadOnlyList<ChartPoint> points)
    {
        var path = new StringBuilder();
        (double X, double Y)? last = null;
        foreach (var point in Places(points))
        {
            if (last is { } l && Math.Abs(point.X - l.X) + Math.Abs(point.Y - l.Y) < .7) continue;
            path.Append($"{(last is null ? 'M' : 'L')}{point.X:0.#} {point.Y:0.#}");
            last = point;
        }
        return path.ToString();
    }

    [GeneratedRegex(" ")]
    private static partial Regex FirstSpace();
}
