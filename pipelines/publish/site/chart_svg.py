"""Vega-Lite specifications drawn as SVG at build time (vl-convert, no network): stripped of scripts' hooks, with a title and a
description for screen readers, coloured by variables of the stylesheet so that dark pages and print work. Text stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any
from xml.etree import ElementTree

from defusedxml.ElementTree import fromstring

from .kept_drawings import KeptDrawings

VEGA_LITE = "v6.1"
_SVG = "{http://www.w3.org/2000/svg}"
_DROPPED = ("role", "pointer-events", "xmlns:xlink", "version", "class", "stroke-miterlimit")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Chart:
    """A chart to be drawn. `key` is unique on a page; `title` names it, `description` says in a sentence what it shows."""

    key: str
    title: str
    description: str
    spec: Mapping[str, Any]


class ChartDrawer:
    """Draws charts; what was drawn once is kept by the hash of its specification."""

    def __init__(self, kept: KeptDrawings | None = None) -> None:
        self._kept = kept

    def draw(self, chart: Chart) -> str:
        """The chart as an `<svg>` element for a page; the same specification gives the same bytes."""
        drawn = self._drawn(json.dumps(_printable(chart.spec), ensure_ascii=False, sort_keys=True))
        root = fromstring(drawn)
        key = escape(chart.key)
        body = "".join(_inner(child, chart.key) for child in root)
        return (
            f'<svg class="chart {key}" viewBox="{root.get("viewBox")}" role="img" aria-labelledby="{key}-title {key}-desc">'
            f'<title id="{key}-title">{escape(chart.title)}</title><desc id="{key}-desc">{escape(chart.description)}</desc>'
            f"{body}</svg>"
        )

    def _drawn(self, spec: str) -> str:
        name = f"{sha256(f'{VEGA_LITE} {spec}'.encode()).hexdigest()}.svg"
        kept = self._kept.find(name) if self._kept is not None else None
        if kept is not None:
            return kept.decode()
        import vl_convert  # starts a script engine: two seconds that a page without charts does not pay

        drawn = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
        if self._kept is not None:
            self._kept.keep(name, drawn.encode())
        return drawn


def printable(text: str) -> str:
    """A text without characters that XML cannot hold: the drawer would end the process at one (names come from files)."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _printable(value: Any) -> Any:
    """The same for every text of a specification."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _printable(one) for key, one in value.items()}
    return [_printable(one) for one in value] if isinstance(value, list | tuple) else value


def _inner(element: ElementTree.Element, key: str) -> str:
    """An element without what only a script would use: the picture has one role and one name."""
    numbers: dict[str, str] = {}
    _clean(element, key, numbers)
    ElementTree.register_namespace("", _SVG[1:-1])
    text = ElementTree.tostring(element, encoding="unicode")
    return text.replace(' xmlns="http://www.w3.org/2000/svg"', "")


def _clean(element: ElementTree.Element, key: str, numbers: dict[str, str]) -> None:
    for child in list(element):
        if child.get("class") in ("background", "foreground") or child.get("display") == "none":
            element.remove(child)
        else:
            _clean(child, key, numbers)
    for name in list(element.attrib):
        value = element.attrib[name]
        if name in _DROPPED or name.startswith("aria-") or (name, value) in _NEUTRAL:
            del element.attrib[name]
        elif name == "id" or value.startswith("url(#"):
            element.attrib[name] = re.sub(r"[A-Za-z_]+\d+", lambda m: _numbered(m[0], key, numbers), value)
        elif name in _ROUNDED:
            element.attrib[name] = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}", value)


_NEUTRAL = {("opacity", "1"), ("transform", "translate(0,0)"), ("font-family", "inherit"), ("stroke-width", "1")}
_ROUNDED = ("d", "transform", "x2", "y2", "width", "height")


def _numbered(name: str, key: str, numbers: dict[str, str]) -> str:
    """Ids count on over the life of the process: the n-th of this picture is always called the same."""
    return numbers.setdefault(name, f"{key}-{len(numbers)}")
