"""Small lines drawn by hand: one a unit in the table, larger ones on its page. No text of its own is smaller than the page's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDE, HIGH, EDGE = 84, 24, 3


def sparkline(values: Sequence[float | None], description: str, upside_down: bool = False) -> str:
    """A line through the values that are known, the last one marked; '' for fewer than two. `upside_down`: a small value stands high, as
    a rank does."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    points = _scaled(known, len(values), WIDE, HIGH, EDGE, upside_down)
    x, y = points[-1]
    return (
        f'<svg class="spark" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(description)}">'
        f'<polyline points="{_text(points)}"/><circle cx="{x:g}" cy="{y:g}" r="2.5"/></svg>'
    )


@dataclass(frozen=True)
class LinePoint:
    """A month of a line: what the axis says below, the value (None: none) and what is written at the point."""

    month: str
    value: float | None
    label: str


def line_figure(
    key: str,
    title: str,
    description: str,
    points: Sequence[LinePoint],
    beside: Sequence[float | None] = (),
    upside_down: bool = False,
) -> str:
    """A line with its values written at every point, and a dashed one `beside` it (the whole); '' for fewer than two values."""
    known = [(place, p.value) for place, p in enumerate(points) if p.value is not None]
    if len(known) < 2:
        return ""
    wide, high, edge, below = 480, 190, 40, 30
    other = [(place, value) for place, value in enumerate(beside) if value is not None]
    held = [value for _, value in (*known, *other)]
    body = _scaled(known, len(points), wide, high - below, edge, upside_down, held)
    parts = [
        f'<svg class="chart" viewBox="0 0 {wide} {high}" role="img" aria-labelledby="{key}-title {key}-desc">',
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>',
    ]
    if len(other) > 1:
        dashes = _scaled(other, len(points), wide, high - below, edge, upside_down, held)
        parts.append(f'<polyline class="beside" points="{_text(dashes)}"/>')
    parts.append(f'<polyline class="line" points="{_text(body)}"/>')
    for (place, _), (x, y) in zip(known, body, strict=True):
        parts.append(f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="4"/>')
        parts.append(f'<text x="{x:g}" y="{y - 11:g}" text-anchor="middle">{escape(points[place].label)}</text>')
    step = (wide - 2 * edge) / (len(points) - 1)
    parts += [
        f'<text class="axis" x="{edge + place * step:g}" y="{high - 8}" text-anchor="middle">{escape(p.month)}</text>'
        for place, p in enumerate(points)
    ]
    return "".join((*parts, "</svg>"))


def _scaled(
    known: Sequence[tuple[int, float]],
    count: int,
    wide: int,
    high: int,
    edge: int,
    upside_down: bool,
    held: Sequence[float] = (),
) -> list[tuple[float, float]]:
    values = [value for _, value in known] if not held else list(held)
    low, span = min(values), (max(values) - min(values)) or 1
    step = (wide - 2 * edge) / (count - 1)
    return [
        (
            round(edge + place * step, 1),
            round(edge + (high - 2 * edge) * ((value - low) / span if upside_down else 1 - (value - low) / span), 1),
        )
        for place, value in known
    ]


def _text(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
