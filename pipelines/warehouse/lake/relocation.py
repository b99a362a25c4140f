"""A lake on disk that lies elsewhere than its metadata says: Iceberg names every file by absolute path.

A copied home whose lake is not relocated writes into the home it was copied from, and removes metadata there. So the catalog is
asked where its tables are before anything of the lake is touched; all paths are rewritten, the catalog's last: a process that dies
on the way leaves a lake that is still known to lie elsewhere, and doing it again does the rest.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from pipelines.errors import Terminal

from ..db.database_errors import reported
from ..db.faults import fault_point
from ..db.server_connection import catalog_url_of
from ..db.sqlite_connection import BUSY_SECONDS
from .avro_container import rewrite_records

SCHEME = "file://"
_LOCATIONS = ("metadata_location", "previous_metadata_location")


def folder_of(lake_url: str) -> Path | None:
    """The folder of a lake on this machine; None for a bucket."""
    return Path(lake_url.removeprefix(SCHEME)) if lake_url.startswith(SCHEME) else None


def recorded_location(catalog_url: str, lake_url: str) -> str | None:
    """Where the catalog says that the lake lies, where that is not `lake_url`; None where both agree or there is no lake yet.

    Makes no catalog. A path that leads to the same folder (a link, a mount) is this place.
    """
    folder = folder_of(lake_url)
    if folder is None:
        return None
    for namespace, name, location in _recorded_metadata(catalog_url):
        place = location.rpartition(f"/{namespace}/{name}/metadata/")[0]
        if place and place != lake_url and not _same(place, folder):
            return place
    return None


def _recorded_metadata(catalog_url: str) -> list[tuple[str, str, str]]:
    """(namespace, table, address of its metadata) of every table; none where there is no catalog yet or this account may not ask it."""
    url = sa.engine.make_url(catalog_url)
    query = "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables WHERE metadata_location > ''"
    if url.get_backend_name() == "postgresql":
        with _server(catalog_url) as server:
            allowed = "SELECT has_table_privilege(to_regclass('iceberg_tables'), 'SELECT')"
            rows = server.execute(sa.text(query)).all() if server.scalar(sa.text(allowed)) else []
            return [(row[0], row[1], row[2]) for row in rows]
    if url.get_backend_name() != "sqlite" or not url.database or not Path(url.database).is_file():
        return []
    # whoever may write takes back what a killed writer left half done; asked for reading alone, SQLite would refuse to read at all
    may_write = os.access(url.database, os.W_OK) and os.access(Path(url.database).parent, os.W_OK)
    address = f"file:{quote(url.database)}?mode={'rw' if may_write else 'ro'}"
    with reported(url), closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
        try:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'iceberg_tables'").fetchone():
                return []
            return connection.execute(query).fetchall()
        except sqlite3.Error as cause:
            raise sa.exc.OperationalError(query, None, cause) from cause  # told as any other error of a database


@contextmanager
def _server(catalog_url: str) -> Iterator[sa.Connection]:
    """One transaction in a catalog on PostgreSQL."""
    engine = sa.create_engine(catalog_url_of(catalog_url), poolclass=sa.NullPool)
    with reported(engine.url), engine.begin() as connection:
        yield connection


def _same(recorded: str, folder: Path) -> bool:
    before = folder_of(recorded)
    return before is not None and before.is_dir() and folder.is_dir() and before.samefile(folder)


def relocate_lake(
    catalog_url: str, lake_url: str, recorded: str, final_url: str = "", lake_may_be_lost: bool = False
) -> int:
    """Rewrites every path of the lake at `lake_url` from `recorded` to `final_url` (where it lies, unless it is to be moved there
    afterwards); the number of files changed. Call under the loader's lock. Terminal where this user may not write there, and where the
    lake did not come along, unless it `lake_may_be_lost`: a rebuild makes it again."""
    folder = folder_of(lake_url)
    assert folder is not None
    url = sa.engine.make_url(catalog_url)
    server = url.get_backend_name() == "postgresql"
    if not lake_may_be_lost:
        refuse_if_lacking(catalog_url, recorded, folder)
    if not ((server or os.access(str(url.database), os.W_OK)) and folder.is_dir() and os.access(folder, os.W_OK)):
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
    with _server(catalog_url) if server else _embedded(str(url.database)) as connection:
        for column in _LOCATIONS:
            change_column = sa.text(
                f"UPDATE iceberg_tables SET {column} = :new || substr({column}, :rest) WHERE substr({column}, 1, :length) = :old"
            ).bindparams(sa.bindparam("new", type_=sa.Text))
            connection.execute(
                change_column, {"new": paths.new, "rest": len(recorded) + 1, "length": len(recorded), "old": recorded}
            )
    fault_point("relocate.catalog_written")
    return changed


@contextmanager
def _embedded(database: str) -> Iterator[sa.Connection]:
    """One transaction in a catalog in SQLite."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=database), poolclass=sa.NullPool, connect_args={"timeout": 60}
    )
    with engine.begin() as connection:
        yield connection


def refuse_if_lacking(catalog_url: str, recorded: str, folder: Path) -> None:
    """A folder was copied without its lake, or with a part of it. A server's catalog does not come along with a copied folder: it may be
    that of a home in use, whose lake this folder is not."""
    for _, _, location in _recorded_metadata(catalog_url):
        if location.startswith(f"{recorded}/") and not (folder / location[len(recorded) + 1 :]).is_file():
            lacking = location[len(recorded) + 1 :]
            if sa.engine.make_url(catalog_url).get_backend_name() == "sqlite":
                raise Terminal(
                    f"此状态目录是复制来的，缺少它的数据湖：{folder} 中没有 {lacking}（原在 {recorded}）",
                    f"this home was copied without its lake: {folder} lacks {lacking} (it lay at {recorded})",
                    f"把 {recorded.removeprefix(SCHEME)} 也复制到 {folder}；已不存在时由档案重建：saima rebuild / "
                    "copy it here too; where it is gone, make it again from the archive: saima rebuild",
                )
            raise Terminal(
                f"目录库记录的数据湖在 {recorded}，{folder} 中没有它的元数据 {lacking}",
                f"the catalog names the lake at {recorded}; {folder} lacks its metadata {lacking}",
                "检查 --home、SAIMA_HOME 与 SAIMA_CATALOG_URL，或把数据湖一并移来 / "
                "check --home, SAIMA_HOME and SAIMA_CATALOG_URL, or move the lake here too",
            )


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
