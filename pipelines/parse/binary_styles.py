"""Formats, fonts and cell formats of a binary workbook, collected in their order, and what they make of a number."""

from __future__ import annotations

from .number_formats import LOCAL_CURRENCY, StyleMeanings, style_meanings


class BinaryStyles:
    """Collects formats, fonts and cell formats in their order."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.formats: list[int] = []
        self.fonts: list[int] = []
        self.struck: list[bool] = []
        self.faint: list[bool] = []
        self.filled: list[bool] = []
        self.colours: list[bytes] = []
        self.grounds: list[bytes] = []

    def add(self, number_format: int, font: int, filled: bool, ground: bytes) -> None:
        """A cell format; `filled` with another colour than paper; `ground`: the colour of a solid fill."""
        self.grounds.append(ground)
        self.formats.append(number_format)
        self.fonts.append(font)
        self.filled.append(filled)

    def add_font(self, struck: bool, faint: bool, colour: bytes = b"") -> None:
        """A font; `colour` as fills write it."""
        self.colours.append(colour)
        self.struck.append(struck)
        self.faint.append(faint)

    def meanings(self) -> StyleMeanings:
        """What the cell formats make of a number."""
        struck = frozenset(number for number, is_struck in enumerate(self.struck) if is_struck)
        unseen = {number for number, is_faint in enumerate(self.faint) if is_faint}
        colours = self.colours
        faint = frozenset(
            n
            for n, (font, ground) in enumerate(zip(self.fonts, self.grounds, strict=True))
            if (font in unseen and not self.filled[n]) or (ground and font < len(colours) and colours[font] == ground)
        )
        return style_meanings(self.formats, self.codes, self.fonts, struck, faint, LOCAL_CURRENCY)
