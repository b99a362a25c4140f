"""The picture that goes with a shared link (1200 × 630): title, first place, growth of the whole. Drawn with the fonts of the machine that
builds; where none has Chinese characters there is no picture, rather than one of empty boxes."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from html import escape
from unicodedata import east_asian_width

from ..edition_marks import marks_in
from .chart_svg import printable
from .kept_drawings import KeptDrawings
from .lead_story import Story
from .published_edition import PublishedEdition

WIDE, HIGH = 1200, 630
FONTS = "Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, WenQuanYi Micro Hei"
BOX = 300
LINE = 24
"""Characters of a line of the title."""


def share_card(edition: PublishedEdition, told: Story, home: str, kept: KeptDrawings | None) -> bytes:
    """The picture as PNG; empty where the machine cannot write Chinese. `kept`: pictures drawn before."""
    if not writes_chinese():
        return b""
    drawing = card_drawing(edition, told, home)
    name = f"{sha256(drawing.encode()).hexdigest()}.png"
    found = kept.find(name) if kept is not None else None
    if found is not None:
        return found
    made = _png(drawing)
    if kept is not None:
        kept.keep(name, made)
    return made


def card_drawing(edition: PublishedEdition, told: Story, home: str) -> str:
    """The picture as SVG, the same on every machine: title, up to three key figures, edition with its marks."""
    title = printable(edition.title.zh)
    lines = [title[at : at + LINE] for at in range(0, min(len(title), 2 * LINE), LINE)]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{HIGH}" font-family="{FONTS}">',
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/><rect width="{WIDE}" height="14" fill="#9c1c1c"/>',
        f'<text x="64" y="96" font-size="30" fill="#59626e">{escape(printable(home))}</text>',
    ]
    parts += [
        f'<text x="64" y="{176 + 64 * at}" font-size="46" font-weight="bold" fill="#1c2026">{escape(line)}</text>'
        for at, line in enumerate(lines)
    ]
    for at, card in enumerate(told.key_figures[:3]):
        x, colour = 64 + at * 366, {"up": "#b3372c", "down": "#1c7355"}.get(card.tone, "#1c2026")
        value = printable(card.value)
        size = 56 if len(value) <= 7 else 36
        parts.append(
            f'<rect x="{x}" y="330" width="340" height="190" fill="#f5f7f9"/><rect x="{x}" y="330" width="340" height="6" '
            f'fill="{colour}"/><text x="{x + 22}" y="382" font-size="26" fill="#59626e">{escape(card.label.zh)}</text>'
            f'<text x="{x + 22}" y="450" font-size="{size}" font-weight="bold" fill="{colour}">{escape(_fitting(value, size))}</text>'
            f'<text x="{x + 22}" y="496" font-size="22" fill="#1c2026">{escape(_fitting(card.detail.zh, 22))}</text>'
        )
    mark = " · ".join(text.zh for text in marks_in(edition.document).all)
    foot = f"{edition.period} r{edition.revision} {mark}"
    parts.append(f'<text x="64" y="580" font-size="26" fill="#9c1c1c">{escape(foot)}</text></svg>')
    return "".join(parts)


def _fitting(text: str, size: int) -> str:
    """As much of a text as stands in a box; what is cut ends in …"""
    kept, room = "", float(BOX)
    for letter in printable(text):
        room -= size if east_asian_width(letter) in "WF" else size * 0.58
        if room < 0:
            return kept[:-1] + "…"
        kept += letter
    return kept


def _png(drawing: str) -> bytes:
    import vl_convert

    return bytes(vl_convert.svg_to_png(drawing, scale=1.0))


@cache
def writes_chinese() -> bool:
    """Whether the machine has a font with Chinese characters: two of them that look alike have no glyphs."""
    first, second = (
        _png(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" font-family="{FONTS}"><text x="4" y="32" '
            f'font-size="30">{letter}</text></svg>'
        )
        for letter in "赛马"
    )
    return first != second
