"""Charts of a bulletin as PNG pictures, of the specifications that the site draws; colours of paper in place of the stylesheet's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .bulletin import BulletinChart
from .bulletin_text import printed_growth
from .site.chart_specs import growth_bars
from .site.chart_svg import VEGA_LITE

_PAPER = {
    "up": "#b3372c",
    "down": "#1c7355",
    "ink": "#1c2026",
    "soft": "#59626e",
    "accent": "#1d4f91",
    "grid": "#e6e9ee",
    "paper": "#ffffff",
}
_OTHER = "#59626e"
FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, WenQuanYi Micro Hei, sans-serif"
"""The first that the machine has: a picture without one of them shows no Chinese."""
MOST = 40
"""More bars than this are not readable on a page."""


def bulletin_charts(document: Mapping[str, Any], whole: str) -> list[BulletinChart]:
    """Growth and, where the month is scored, the score of every unit; none where there are too many, or fewer than two."""
    units: Sequence[Mapping[str, Any]] = document["units"]
    grown = [(unit["name"], float(rate), f"{rate}%") for unit in units if (rate := printed_growth(unit)) is not None]
    scored = [(unit["name"], float(unit["score"]), unit["score"]) for unit in units if unit["score"] is not None]
    rate = printed_growth(document["city"])
    charts = []
    for number, (name, bars, line) in enumerate(
        (
            ("各地区同比增长（%）", grown, (f"{whole} {rate}%", float(rate)) if rate is not None else None),
            ("各地区得分", scored, None),
        ),
        1,
    ):
        if 2 <= len(bars) <= MOST:
            ordered = sorted(bars, key=lambda bar: (-bar[1], bar[0]))
            rows = [{"name": n, "value": value, "label": label} for n, value, label in ordered]
            charts.append(BulletinChart(f"图{number}  {name}", _png(growth_bars(rows, line, None, 70))))
    return charts


def _png(spec: Mapping[str, Any]) -> bytes:
    import vl_convert  # starts a script engine: a bulletin without charts does not pay for it

    own = dict(spec)
    own["config"] = {**own.get("config", {}), "font": FONTS}
    own["background"] = "white"
    text = re.sub(r"var\(--([a-z0-9]+)\)", lambda m: _PAPER.get(m[1], _OTHER), json.dumps(own, ensure_ascii=False))
    picture: bytes = vl_convert.vegalite_to_png(text, vl_version=VEGA_LITE, scale=2)
    return picture
