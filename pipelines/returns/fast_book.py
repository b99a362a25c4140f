"""A workbook whose texts and whose archive are written in one go each. Texts stay texts: xlsxwriter writes one that begins with `<r>` and
ends with `</r>` as markup of its own, and a county's cell is not asked to write markup."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings
from xlsxwriter.utility import _preserve_whitespace
from xlsxwriter.workbook import Workbook

from .fast_archive import archive_of

_NOT_PLAIN = re.compile(r'[\x00-\x1f"&<>\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|\A\s|\s\Z')
"""What is escaped or needs `xml:space`."""
_MAY_NEED_CARE = ('"', "&", "<", ">", "_x", "| ", " |")
"""In texts between bars; besides these, what is not printable."""
_TOGETHER = 100
"""Texts looked at together: findings and advice need care, the rows that were sent hardly ever."""


_STYLES: dict[tuple[str, ...], str] = {}
_KEPT = 64
"""Styles that a process keeps: a few for each kind of workbook, by what was found."""


class FastWorkbook(Workbook):  # type: ignore[misc]  # xlsxwriter ships no types
    """In memory; `content` closes it."""

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(io.BytesIO(), options)
        self._packager = _Packager()

    def _get_packager(self) -> _Packager:
        return self._packager

    def content(self) -> bytes:
        self.close()
        return self._packager.archive

    def _prepare_format_properties(self) -> None:
        """Where the styles are new: `styles`."""

    def styles(self) -> str:
        """styles.xml: of formats that another workbook had in the same order it is the same."""
        key = (*self.xf_format_indices, "", *self.dxf_format_indices, str(self.has_comments))
        known = _STYLES.get(key)
        if known is None:
            super()._prepare_format_properties()
            written = Packager()
            written._set_in_memory(True)
            written.workbook = self
            written._write_styles_file()
            known = written.filenames[0][0].getvalue()
            if len(_STYLES) < _KEPT:
                _STYLES[key] = known
        return known


class _Packager(Packager):  # type: ignore[misc]
    """Makes the archive of what it was asked to write, and leaves nothing to the workbook."""

    archive = b""

    def _create_package(self) -> list[object]:
        self.archive = archive_of((name, content.getvalue()) for content, name, _ in super()._create_package())
        return []

    def _write_styles_file(self) -> None:
        self._filename("xl/styles.xml").write(self.workbook.styles())

    def _write_shared_strings_file(self) -> None:
        texts = _SharedStrings()
        texts.string_table = self.workbook.str_table
        if texts.string_table.count:
            texts._set_xml_writer(self._filename("xl/sharedStrings.xml"))
            texts._assemble_xml_file()


class _SharedStrings(SharedStrings):  # type: ignore[misc]
    def _write_sst_strings(self) -> None:
        texts: list[str] = self.string_table.string_array
        for first in range(0, len(texts), _TOGETHER):
            some = texts[first : first + _TOGETHER]
            written = [f"<si><t>{text}</t></si>" for text in some] if _all_plain(some) else map(self._si, some)
            self.fh.write("".join(written))

    def _si(self, text: str) -> str:
        if not _NOT_PLAIN.search(text):
            return f"<si><t>{text}</t></si>"
        text = self._escape_control_characters(text)
        kept = ' xml:space="preserve"' if _preserve_whitespace(text) else ""
        return f"<si><t{kept}>{self._escape_data(text)}</t></si>"


def _all_plain(texts: Sequence[str]) -> bool:
    """Whether none can need care; looked at together, since most books have none that does."""
    together = f"|{'|'.join(texts)}|"
    return together.isprintable() and not any(mark in together for mark in _MAY_NEED_CARE)
