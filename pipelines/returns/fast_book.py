"""A workbook whose texts and whose archive are written in one go each. Texts stay texts: xlsxwriter writes one that begins with `<r>` and
ends with `</r>` as markup of its own, and a county's cell is not asked to write markup."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings
from xlsxwriter.utility import _preserve_whitespace
from xlsxwriter.workbook import Workbook

_NOT_PLAIN = re.compile(r'[\x00-\x1f"&<>\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|\A\s|\s\Z')
"""What is escaped or needs `xml:space`."""
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
        needs_care = _NOT_PLAIN.search
        written = [
            self._escaped(text) if needs_care(text) else f"<si><t>{text}</t></si>"
            for text in self.string_table.string_array
        ]
        self.fh.write("".join(written))

    def _escaped(self, text: str) -> str:
        text = self._escape_control_characters(text)
        kept = ' xml:space="preserve"' if _preserve_whitespace(text) else ""
        return f"<si><t{kept}>{self._escape_data(text)}</t></si>"
