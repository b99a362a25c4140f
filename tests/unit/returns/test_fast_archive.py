"""The quick archive is zipfile's own, byte for byte."""

from __future__ import annotations

import io
import zipfile

from pipelines.returns.fast_archive import archive_of

MEMBERS = [("[Content_Types].xml", "<a/>"), ("xl/empty.xml", ""), ("xl/b.xml", "海宁 & 1,2 " * 9_000)]


def test_bytes_are_those_of_zipfile() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=2) as archive:
        for name, text in MEMBERS:
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED, 2)
    assert archive_of(MEMBERS) == buffer.getvalue()
    assert archive_of(MEMBERS) == buffer.getvalue()  # also with what is remembered
