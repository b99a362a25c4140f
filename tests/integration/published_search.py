"""Everything that a published file says, whatever it is packed or encoded in: what a search for a secret has to look through."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import re
import struct
import zipfile
import zlib
from pathlib import Path
from urllib.parse import unquote

import pyarrow.parquet as pq

ZIPPED = (".xlsx", ".docx", ".zip")
TEXT = (
    ".html",
    ".json",
    ".jsonld",
    ".csv",
    ".txt",
    ".xml",
    ".svg",
    ".css",
    ".js",
    ".ics",
    ".atom",
    ".py",
    ".rels",
    ".vml",
    ".md",
)


def texts_of(name: str, content: bytes) -> str:
    """The file's name and all its texts: members of containers, cells and metadata of tables, text chunks of pictures; encoded texts
    both as they stand and decoded. A kind that is not known here is an error: it would not be looked through."""
    suffix = Path(name).suffix.lower() or Path(name).name
    if suffix in ZIPPED:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [texts_of(member, archive.read(member)) for member in archive.namelist()]
        return "\n".join((name, *members))
    if suffix == ".parquet":
        return f"{name}\n{_table(content)}"
    if suffix == ".png":
        return f"{name}\n{_chunks(content)}"
    if suffix == ".gz":
        return f"{name}\n{texts_of(name[: -len(suffix)], gzip.decompress(content))}"
    assert suffix in TEXT, f"{name}: a kind of file that the search does not read"
    return f"{name}\n{_decoded(content.decode('utf-8-sig'))}"


def texts_below(folder: Path) -> dict[str, str]:
    """Path below the folder → everything the file says."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        name: texts_of(name, path.read_bytes()) for path in files for name in (path.relative_to(folder).as_posix(),)
    }


def _decoded(text: str) -> str:
    """The text as it stands; without entities, escapes of JSON and of addresses; with and without its tags; folded lines joined;
    what it carries as data addresses."""
    plain = html.unescape(text)
    escapes = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), plain)
    written = escapes.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    untagged = re.sub(r"<[^<>]*>", "", text)
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    carried = [
        base64.b64decode(data).decode("utf-8", "replace")
        for data in re.findall(r"data:[^,\"']{0,80};base64,([0-9A-Za-z+/=]+)", text)
    ]
    return "\n".join((text, written, html.unescape(untagged), unfolded, unquote(plain), *carried))


def _table(content: bytes) -> str:
    file = pq.ParquetFile(io.BytesIO(content))
    schema = file.schema_arrow
    notes = {**(file.metadata.metadata or {}), **(schema.metadata or {})}
    said = [f"{key.decode()} {_decoded(value.decode('utf-8', 'replace'))}" for key, value in notes.items()]
    for field in schema:
        said += [field.name, *(f"{k.decode()} {v.decode()}" for k, v in (field.metadata or {}).items())]
    for group in range(file.metadata.num_row_groups):
        columns = (file.metadata.row_group(group).column(at) for at in range(file.metadata.num_columns))
        said += [f"{c.statistics.min} {c.statistics.max}" for c in columns if c.statistics and c.statistics.has_min_max]
    rows = file.read().to_pylist()
    return "\n".join((*said, json.dumps(rows, ensure_ascii=False, default=str)))


def _chunks(content: bytes) -> str:
    """The text chunks of a PNG (tEXt, zTXt, iTXt) and any other that is no picture data."""
    at, said = 8, []
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        data = content[at + 8 : at + 8 + length]
        at += 12 + length
        if kind in (b"IHDR", b"IDAT", b"PLTE", b"IEND"):
            continue
        key, _, rest = data.partition(b"\0")
        packed = (
            rest[1:] if kind == b"zTXt" else rest.split(b"\0", 3)[-1] if kind == b"iTXt" and rest[:1] == b"\1" else b""
        )
        said += [part.decode("utf-8", "replace") for part in (key, rest, zlib.decompress(packed) if packed else b"")]
    return "\n".join(said)
