"""The charts of an edition as Vega-Lite specifications. Figures are those of its document; colours are variables of the stylesheet
(up is red, as in China); signs and labels say the same, so that no colour speaks alone. Widths are of a phone's reading size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 480
NAMES = 84
COUNTS = 88
ROW = 30
LABEL_SHARE = 0.2
PANEL_COLUMNS = 3
FONT = 15
CONFIG: dict[str, Any] = {
    "font": "inherit",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "gridColor": "var(--grid)",
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "labelLimit": 0,
        "labelOverlap": False,
    },
    "text": {"fontSize": FONT, "fill": "var(--ink)"},
}
Row = Mapping[str, Any]


def growth_bars(
    rows: Sequence[Row], whole: tuple[str, float] | None, goal: float | None, whole_width: int
) -> dict[str, Any]:
    """Bars sorted by growth in percent, with the zero line, the whole's rate and the rate that earns 80 points. `rows`: name, value,
    label."""
    low, high = _domain([row["value"] for row in rows], [x for x in (whole and whole[1], goal, 0) if x is not None])
    if low < 0:
        low -= (high - low) * LABEL_SHARE  # the label of a negative bar stands to its left
    order = [row["name"] for row in rows]
    height = ROW * len(rows)
    across = {"field": "value", "type": "quantitative", "scale": {"domain": [low, high], "nice": False}, "axis": None}
    down = {"field": "name", "type": "nominal", "sort": order, "axis": _name_axis()}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "height": 18},
            "encoding": {
                "x": across,
                "y": down,
                "color": {"condition": {"test": "datum.value < 0", "value": "var(--down)"}, "value": "var(--up)"},
            },
        },
        _line_at(0, "var(--ink)", low, high),
    ]
    marks = [(whole[0], whole[1], "var(--accent)", [5, 3])] if whole else []
    marks += [("80分 80 points", goal, "var(--soft)", [2, 3])] if goal is not None else []
    for place, (text, value, colour, dash) in enumerate(marks):
        layers.append(_line_at(value, colour, low, high, dash))
        layers.append(
            {
                "data": {"values": [{"value": value, "text": text}]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "baseline": "bottom",
                    "fontSize": 13,
                    "fill": colour,
                    "dx": 3,
                },
                "encoding": {"x": {**across}, "y": {"value": -2 - 16 * place}, "text": {"field": "text"}},
            }
        )
    for halo in (True, False):  # over the lines, on ground of their own: no line crosses a figure
        layers.append(_label("value", "label", order, low, high, "datum.value >= 0", "left", 5, halo))
        layers.append(_label("value", "label", order, low, high, "datum.value < 0", "right", -5, halo))
    return _chart(rows, layers, height, top=8 + 17 * len(marks), bottom=6, right=whole_width)


def rank_lines(
    rows: Sequence[Row], months: Sequence[str], last: str, places: int, strong: Sequence[str]
) -> dict[str, Any]:
    """Places over the months, first on top, each line named at its end; those of `strong` in colour. `rows`: name, month, rank."""
    x = {"field": "month", "type": "ordinal", "sort": list(months), "scale": {"padding": 0.1}, "axis": _month_axis()}
    y = {
        "field": "rank",
        "type": "quantitative",
        "scale": {"domain": [places + 0.5, 0.5], "nice": False, "zero": False},
        "axis": {"values": list(range(1, places + 1)), "grid": False, "title": None, "labels": places <= 24},
    }
    palette = ("var(--s1)", "var(--s2)", "var(--s3)", "var(--s4)", "var(--s5)")
    order = [name for name in dict.fromkeys(row["name"] for row in rows) if name not in strong] + list(strong)
    quiet = ["var(--quiet)"] * (len(order) - len(strong))
    colour = {
        "field": "name",
        "type": "nominal",
        "scale": {"domain": order, "range": [*quiet, *palette[: len(strong)]]},
        "legend": None,
    }
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "strokeWidth": 2.5, "interpolate": "monotone"},
            "encoding": {"x": x, "y": y, "color": colour, "detail": {"field": "name"}, "order": {"field": "at"}},
        },
        {"mark": {"type": "circle", "size": 70, "opacity": 1}, "encoding": {"x": x, "y": y, "color": colour}},
        {
            "transform": [{"filter": {"field": "month", "equal": last}}],
            "mark": {"type": "text", "align": "left", "dx": 10, "fontSize": FONT},
            "encoding": {"x": x, "y": y, "text": {"field": "name"}},
        },
    ]
    ranked = sorted(rows, key=lambda row: (order.index(row["name"]), row["at"]))
    return _chart(ranked, layers, max(28 * places, 120), top=10, bottom=28, left=34, right=NAMES + 8)


def pull_waterfall(rows: Sequence[Row]) -> dict[str, Any]:
    """How the units' pulls add up to the growth of the whole, in percentage points. `rows`: name, start, end, label, kind (up, down,
    rest, total)."""
    low, high = _domain([x for row in rows for x in (row["start"], row["end"])], [0])
    order = [row["name"] for row in rows]
    scale = {"domain": [low, high], "nice": False}
    down = {"field": "name", "type": "nominal", "sort": order, "axis": _name_axis()}
    kinds = ["up", "down", "rest", "total"]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "height": 18},
            "encoding": {
                "x": {"field": "start", "type": "quantitative", "scale": scale, "axis": None},
                "x2": {"field": "end"},
                "y": down,
                "color": {
                    "field": "kind",
                    "scale": {"domain": kinds, "range": ["var(--up)", "var(--down)", "var(--quiet)", "var(--accent)"]},
                    "legend": None,
                },
            },
        },
        _line_at(0, "var(--ink)", low, high),
        {
            "mark": {"type": "text", "align": "left", "dx": 5},
            "encoding": {
                "x": {"field": "right", "type": "quantitative", "scale": scale, "axis": None},
                "y": {**down},
                "text": {"field": "label"},
            },
        },
    ]
    return _chart(rows, layers, ROW * len(rows), top=6, bottom=6, right=62)


def target_gauges(rows: Sequence[Row], season: float, season_label: str) -> dict[str, Any]:
    """Share of the annual target that is done, against the share of the season: a bar a unit on its track. Percent. `rows`: name, done,
    label, kind (ahead, behind)."""
    high = max(100.0, *(row["done"] for row in rows))
    order = [row["name"] for row in rows]
    down = {"field": "name", "type": "nominal", "sort": order, "axis": _name_axis()}
    scale = {"domain": [0, high], "nice": False}
    layers: list[dict[str, Any]] = [
        {
            "transform": [{"calculate": "100", "as": "track"}],
            "mark": {"type": "bar", "height": 18, "fill": "var(--track)"},
            "encoding": {"x": {"field": "track", "type": "quantitative", "scale": scale, "axis": None}, "y": down},
        },
        {
            "mark": {"type": "bar", "height": 10},
            "encoding": {
                "x": {"field": "done", "type": "quantitative", "scale": scale, "axis": None},
                "y": {**down},
                "color": {
                    "condition": {"test": "datum.kind == 'behind'", "value": "var(--down)"},
                    "value": "var(--up)",
                },
            },
        },
        _line_at(season, "var(--ink)", 0, high, [4, 3]),
        {
            "mark": {"type": "text", "align": "left", "dx": 6},
            "encoding": {"x": {"value": WIDTH - NAMES - 118}, "y": {**down}, "text": {"field": "label"}},
        },
        {
            "data": {"values": [{"value": season, "text": season_label}]},
            "mark": {"type": "text", "baseline": "bottom", "fontSize": 13, "align": "center"},
            "encoding": {
                "x": {"field": "value", "type": "quantitative", "scale": scale, "axis": None},
                "y": {"value": -3},
                "text": {"field": "text"},
            },
        },
    ]
    return _chart(rows, layers, ROW * len(rows), top=24, bottom=6, right=118)


def season_panels(rows: Sequence[Row], order: Sequence[str], months: Sequence[int], high: float) -> dict[str, Any]:
    """One small panel a unit: the cumulative share of its annual target (line) against the share of the season (dashes), in percent.
    `rows`: name, at (month number), done, season, label (at the last month, else '')."""
    last_row = (len(order) - 1) // PANEL_COLUMNS * PANEL_COLUMNS
    panels = [
        _season_panel([row for row in rows if row["name"] == name], months, high, labelled=place >= last_row)
        for place, name in enumerate(order)
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": None,
        "config": CONFIG,
        "padding": {"left": 14, "right": 22, "top": 22, "bottom": 4},
        "columns": PANEL_COLUMNS,
        "spacing": {"row": 34, "column": 24},
        "concat": panels,
    }


def _season_panel(rows: Sequence[Row], months: Sequence[int], high: float, labelled: bool) -> dict[str, Any]:
    axis = {
        "values": [months[0], months[-1]],
        "grid": False,
        "title": None,
        "labelExpr": "datum.value + '月'",
        "labelFontSize": FONT,
    }
    x: dict[str, Any] = {
        "field": "at",
        "type": "quantitative",
        "scale": {"domain": [months[0], months[-1]], "nice": False},
        "axis": axis if labelled else None,
    }
    y = {"field": "done", "type": "quantitative", "scale": {"domain": [0, high], "nice": False}, "axis": None}
    last = {"transform": [{"filter": "datum.label != ''"}]}
    return {
        "width": 130,
        "height": 84,
        "data": {"values": list(rows)},
        "layer": [
            {"mark": {"type": "area", "color": "var(--wash)", "line": False}, "encoding": {"x": x, "y": y}},
            {
                "mark": {"type": "line", "color": "var(--soft)", "strokeWidth": 1.5, "strokeDash": [4, 3]},
                "encoding": {"x": x, "y": {**y, "field": "season"}},
            },
            {"mark": {"type": "line", "color": "var(--accent)", "strokeWidth": 2.5}, "encoding": {"x": x, "y": y}},
            {
                **last,
                "mark": {"type": "text", "align": "left", "baseline": "bottom", "fontSize": FONT, "fontWeight": "bold"},
                "encoding": {"x": {"value": 0}, "y": {"value": -2}, "text": {"field": "name"}},
            },
            {
                **last,
                "mark": {"type": "text", "align": "right", "baseline": "bottom", "dy": -7, "fontSize": FONT},
                "encoding": {"x": x, "y": y, "text": {"field": "label"}},
            },
        ],
    }


def stage_bars(rows: Sequence[Row]) -> dict[str, Any]:
    """Of what was due, how much was done: one bar an item of dispatch, percent. `rows`: name, done, label."""
    order = [row["name"] for row in rows]
    high = max(100.0, *(row["done"] for row in rows))
    scale = {"domain": [0, high], "nice": False}
    down = {"field": "name", "type": "nominal", "sort": order, "axis": None}
    layers: list[dict[str, Any]] = [
        {
            "transform": [{"calculate": "100", "as": "track"}],
            "mark": {"type": "bar", "height": 16, "fill": "var(--track)", "yOffset": 9},
            "encoding": {"x": {"field": "track", "type": "quantitative", "scale": scale, "axis": None}, "y": down},
        },
        {
            "mark": {"type": "bar", "height": 16, "fill": "var(--accent)", "yOffset": 9},
            "encoding": {"x": {"field": "done", "type": "quantitative", "scale": scale, "axis": None}, "y": {**down}},
        },
        {
            "mark": {"type": "text", "align": "left", "baseline": "bottom", "dy": -3},
            "encoding": {"x": {"value": 0}, "y": {**down}, "text": {"field": "name"}},
        },
        {
            "mark": {"type": "text", "align": "right", "baseline": "bottom", "dy": -3},
            "encoding": {"x": {"value": WIDTH - 12}, "y": {**down}, "text": {"field": "label"}},
        },
    ]
    return _chart(rows, layers, 52 * len(rows), top=2, bottom=2, left=4, right=8)


def stage_funnel(rows: Sequence[Row]) -> dict[str, Any]:
    """A funnel: one centred bar a stage, as wide as the projects that came through it. `rows`: name, start, end (percent), label."""
    order = [row["name"] for row in rows]
    across = {"field": "start", "type": "quantitative", "scale": {"domain": [0, 100], "nice": False}, "axis": None}
    down = {"field": "name", "type": "nominal", "sort": order, "axis": _name_axis()}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "height": 22, "fill": "var(--accent)"},
            "encoding": {"x": across, "x2": {"field": "end"}, "y": down},
        },
        {
            # beside the widest bar: on a bar the counts cannot be read
            "mark": {"type": "text", "align": "left", "dx": 6},
            "encoding": {"x": {"value": WIDTH - NAMES - COUNTS}, "y": {**down}, "text": {"field": "label"}},
        },
    ]
    return _chart(rows, layers, ROW * len(rows), top=4, bottom=4, left=NAMES, right=COUNTS)


def growth_histogram(rows: Sequence[Row]) -> dict[str, Any]:
    """How many units fall into each class of growth. `rows`: name of the class, value (units), kind (up, down, none)."""
    order = [row["name"] for row in rows]
    high = max(row["value"] for row in rows) or 1
    across = {"field": "value", "type": "quantitative", "scale": {"domain": [0, high], "nice": False}, "axis": None}
    down = {"field": "name", "type": "nominal", "sort": order, "axis": _name_axis()}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "height": 20},
            "encoding": {
                "x": across,
                "y": down,
                "color": {
                    "field": "kind",
                    "scale": {"domain": ["up", "down", "none"], "range": ["var(--up)", "var(--down)", "var(--quiet)"]},
                    "legend": None,
                },
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 5},
            "encoding": {"x": {**across}, "y": {**down}, "text": {"field": "value"}},
        },
    ]
    return _chart(rows, layers, ROW * len(rows), top=4, bottom=4, left=132, right=58)


def tile_map(rows: Sequence[Row], columns: int, lines: int) -> dict[str, Any]:
    """One square a unit on a grid that only resembles the map. `rows`: name, label, column, line, kind (class of growth against the
    whole)."""
    size = min(104, (WIDTH - 16) // columns)
    kinds = ["far_up", "up", "down", "far_down", "none"]
    fills = ["var(--t1)", "var(--t2)", "var(--t3)", "var(--t4)", "var(--track)"]
    x: dict[str, Any] = {"field": "column", "type": "ordinal", "sort": list(range(1, columns + 1)), "axis": None}
    x["scale"] = {"domain": list(range(1, columns + 1)), "paddingInner": 0.06, "paddingOuter": 0.03}
    y: dict[str, Any] = {"field": "line", "type": "ordinal", "axis": None}
    y["scale"] = {"domain": list(range(1, lines + 1)), "paddingInner": 0.06, "paddingOuter": 0.03}
    text = {
        "condition": {"test": "datum.kind == 'far_up' || datum.kind == 'far_down'", "value": "var(--on)"},
        "value": "var(--ink)",
    }
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rect", "stroke": "var(--line)"},
            "encoding": {
                "x": x,
                "y": y,
                "fill": {"field": "kind", "scale": {"domain": kinds, "range": fills}, "legend": None},
            },
        },
        {"mark": {"type": "text", "dy": -10}, "encoding": {"x": x, "y": y, "text": {"field": "name"}, "color": text}},
        {
            "mark": {"type": "text", "dy": 12, "fontSize": 17, "fontWeight": "bold"},
            "encoding": {"x": x, "y": y, "text": {"field": "label"}, "color": text},
        },
    ]
    spec = _chart(rows, layers, size * lines, top=4, bottom=4, left=4, right=4)
    return {**spec, "width": size * columns}


def _chart(
    rows: Sequence[Row],
    layers: list[dict[str, Any]],
    height: int,
    top: int,
    bottom: int,
    left: int = NAMES,
    right: int = 60,
) -> dict[str, Any]:
    """A picture of WIDTH with room of fixed size around it: nothing depends on the fonts of the machine that draws."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": None,
        "config": CONFIG,
        "autosize": {"type": "none"},
        "padding": {"left": left, "right": right, "top": top, "bottom": bottom},
        "width": WIDTH - left - right,
        "height": height,
        "data": {"values": list(rows)},
        "layer": layers,
    }


def _domain(values: Sequence[float], held: Sequence[float]) -> tuple[float, float]:
    low, high = min([*values, *held]), max([*values, *held])
    return (low, high) if high > low else (low, low + 1)


def _name_axis() -> dict[str, Any]:
    return {"title": None, "labelFontSize": FONT, "labelColor": "var(--ink)"}


def _month_axis() -> dict[str, Any]:
    return {"title": None, "labelAngle": 0, "labelFontSize": FONT, "grid": True}


def _line_at(value: float, colour: str, low: float, high: float, dash: Sequence[int] = ()) -> dict[str, Any]:
    return {
        "data": {"values": [{"value": value}]},
        "mark": {"type": "rule", "stroke": colour, "strokeWidth": 1.5, "strokeDash": list(dash)},
        "encoding": {
            "x": {
                "field": "value",
                "type": "quantitative",
                "scale": {"domain": [low, high], "nice": False},
                "axis": None,
            }
        },
    }


_HALO = {"stroke": "var(--paper)", "strokeWidth": 5, "strokeJoin": "round"}
"""Ground of the page around letters."""


def _label(
    field: str, text: str, order: Sequence[str], low: float, high: float, test: str, align: str, dx: int, halo: bool
) -> dict[str, Any]:
    return {
        "transform": [{"filter": test}],
        "mark": {"type": "text", "align": align, "dx": dx, **(_HALO if halo else {})},
        "encoding": {
            "x": {
                "field": field,
                "type": "quantitative",
                "scale": {"domain": [low, high], "nice": False},
                "axis": None,
            },
            "y": {"field": "name", "type": "nominal", "sort": list(order)},
            "text": {"field": text},
        },
    }
