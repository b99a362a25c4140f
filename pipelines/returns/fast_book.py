"""A workbook whose texts and whose archive are written in one go each. Texts stay texts: xlsxwriter writes one that begins with `<r>` and
ends with `</r>` as markup of its own, and a county's cell is not asked to write markup."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings
from xlsxwriter.utility import _preserve_whitespace
from xlsxwriter.workbook import Workbook

_NOT_PLAIN = re.compile(r'[\x00-\x1f"&<>\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|\A\s|\s\Z')
"""What is escaped or needs `xml:space`."""
_MAY_NEED_CARE = ('"', "&", "<", ">", "_x", "| ", " |")
"""In texts between bars; besides these, what is not printable."""
_TOGETHER = 100
"""Texts looked at together: findings and advice need care, the rows that were sent hardly ever."""
_LEVEL = 2
"""Of deflate: a third of the time of the usual 6 for a sixth more bytes, with thousands of workbooks a month."""
_MOMENT = (1980, 1, 1, 0, 0, 0)
"""Of every member, as spreadsheet programs have it: a clock would give other bytes each time."""


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


class _Packager(Packager):  # type: ignore[misc]
    """Makes the archive of what it was asked to write, and leaves nothing to the workbook."""

    archive = b""

    def _create_package(self) -> list[object]:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for content, name, _ in super()._create_package():
                about = zipfile.ZipInfo(name, _MOMENT)
                archive.writestr(about, content.getvalue(), zipfile.ZIP_DEFLATED, _LEVEL)
        self.archive = buffer.getvalue()
        return []

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
