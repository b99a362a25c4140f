"""A lake on disk that lies elsewhere than its metadata says: Iceberg names every file by absolute path.

A copied home whose lake is not relocated writes into the home it was copied from, and removes metadata there. So the catalog is
asked where its tables are before anything of the lake is touched; all paths are rewritten, the catalog's last: a process that dies
on the way leaves a lake that is still known to lie elsewhere, and doing it again does the rest.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from pipelines.errors import Terminal

from ..db.faults import fault_point
from .avro_container import rewrite_records

SCHEME = "file://"
_LOCATIONS = ("metadata_location", "previous_metadata_location")


def folder_of(lake_url: str) -> Path | None:
    """The folder of a lake on this machine; None for a bucket."""
    return Path(lake_url.removeprefix(SCHEME)) if lake_url.startswith(SCHEME) else None


def recorded_location(catalog_url: str, lake_url: str) -> str | None:
    """Where the catalog says that the lake lies, where that is not `lake_url`; None where both agree or there is no lake yet.

    Looks at a catalog in SQLite alone, and makes none. A path that leads to the same folder (a link, a mount) is this place.
    """
    url = sa.engine.make_url(catalog_url)
    folder = folder_of(lake_url)
    if folder is None or url.get_backend_name() != "sqlite" or not url.database or not Path(url.database).is_file():
        return None
    with closing(sqlite3.connect(f"file:{quote(url.database)}?mode=ro", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'iceberg_tables'").fetchone():
            return None
        query = "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables WHERE metadata_location > ''"
        tables = connection.execute(query).fetchall()
    for namespace, name, location in tables:
        place = str(location).rpartition(f"/{namespace}/{name}/metadata/")[0]
        if place and place != lake_url and not _same(place, folder):
            return place
    return None


def _same(recorded: str, folder: Path) -> bool:
    before = folder_of(recorded)
    return before is not None and before.is_dir() and folder.is_dir() and before.samefile(folder)


def relocate_lake(catalog_url: str, lake_url: str, recorded: str, final_url: str = "") -> int:
    """Rewrites every path of the lake at `lake_url` from `recorded` to `final_url` (where it lies, unless it is to be moved there
    afterwards); the number of files changed. Call under the loader's lock. Terminal where this user may not write there."""
    folder = folder_of(lake_url)
    database = sa.engine.make_url(catalog_url).database
    assert folder is not None
    assert database is not None
    if not os.access(database, os.W_OK) or not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise Terminal(
            f"状态目录由 {recorded} 复制或移来，数据湖中的路径须先改写，而此处只可读取",
            f"this home was copied or moved: its lake names files below {recorded}, and may only be read here",
            "由可写的用户先运行一次 saima status / let a user who may write run saima status once",
        )
    paths = _Paths(recorded, final_url or lake_url)
    changed = 0
    sizes: dict[str, int] = {}
    files = sorted(folder.rglob("metadata/*"))
    for file in (f for f in files if f.suffix == ".avro" and not f.name.startswith("snap-")):
        changed += _rewrite(file, rewrite_records(file.read_bytes(), paths.manifest_entry))
        sizes[paths.new + str(file)[len(str(folder)) :]] = file.stat().st_size
    for file in (f for f in files if f.suffix == ".avro" and f.name.startswith("snap-")):
        change = paths.listed_manifest(sizes)
        changed += _rewrite(file, rewrite_records(file.read_bytes(), change))
    for file in (f for f in files if f.name.endswith(".metadata.json")):
        document = paths.everywhere(json.loads(file.read_bytes()))
        changed += _rewrite(file, json.dumps(document, separators=(",", ":")).encode())
    fault_point("relocate.files_written")
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        for column in _LOCATIONS:
            change_column = (
                f"UPDATE iceberg_tables SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?"
            )
            connection.execute(change_column, (paths.new, len(recorded) + 1, len(recorded), recorded))
    fault_point("relocate.catalog_written")
    return changed


def _rewrite(file: Path, content: bytes) -> int:
    if content == file.read_bytes():
        return 0
    partial = file.with_name(f".{file.name}.partial")
    with partial.open("wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    partial.replace(file)
    return 1


class _Paths:
    """Old place → new place, in the documents of Iceberg."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new

    def path(self, text: str) -> str:
        inside = text == self.old or text.startswith(f"{self.old}/")
        return self.new + text[len(self.old) :] if inside else text

    def manifest_entry(self, record: dict[str, Any]) -> dict[str, Any]:
        data_file = record["data_file"]
        return {**record, "data_file": {**data_file, "file_path": self.path(data_file["file_path"])}}

    def listed_manifest(self, sizes: dict[str, int]) -> Any:
        """A manifest that was rewritten is as long as it is now."""

        def change(record: dict[str, Any]) -> dict[str, Any]:
            path = self.path(record["manifest_path"])
            length = sizes.get(path, record["manifest_length"])
            return {**record, "manifest_path": path, "manifest_length": length}

        return change

    def everywhere(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.path(value)
        if isinstance(value, list):
            return [self.everywhere(one) for one in value]
        if isinstance(value, dict):
            return {key: self.everywhere(one) for key, one in value.items()}
        return value
