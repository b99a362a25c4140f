"""Backup and restore of a home while it runs, its databases in SQLite or on PostgreSQL. Who writes waits while databases and lake are
copied; a restored home is proven by audit."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...collect.receipt_journal import journal_path, leave_out, read_journal
from ...errors import Refused, Terminal, Transient
from ...model.json_documents import AuditDocument
from ...settings import Settings
from ...warehouse.database_copy import (
    CATALOG_FOLDER,
    LEDGER_FOLDER,
    copy_databases_in,
    copy_databases_out,
    read_list,
    refuse_unless_empty,
)
from ...warehouse.db.locking import file_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ..runtime.context import HOME_FILE, Context, load_programme, open_context, recorded_programme
from .audit import audit
from .home_copy import copy, copy_database, drop_gone, written_beside

NOTE = "backup.json"
UNPROVEN = "restore.unproven"
"""In a restored home until its audit has ended: the hash of the backup's note. Restored again after a death, the proof alone is made."""
DATABASES = ("warehouse.db", "catalog.db")
OUT = "out"
LOCKED = ("lake", "stage", "editions", "dispatch", OUT)
"""Copied while nobody writes to the ledger, so that they are what it says; most of `out/` before."""
FREE = ("raw", "inbox", "audit_log")
"""Only ever added to, but for the journal of the archive, which is copied with the ledger."""
LOCK_SECONDS = 300.0
IN_FLIGHT_SECONDS = 3.0
"""How long a collection that was held off has to record what it noted."""


@dataclass(frozen=True)
class BackupDocument:
    """backup.json and the JSON of `saima backup`. `audit_log`: its head, to be compared after a restore; `files`: name → SHA-256 of the
    databases (of a server: of each table's file), size of the rest."""

    home: str
    backup: str
    programme: str
    made_at: str
    audit_log: dict[str, object]
    databases: dict[str, str]
    files: int
    bytes: int


@dataclass(frozen=True)
class RestoreDocument:
    """The JSON of `saima restore`: the restored home and its audit."""

    home: str
    backup: str
    made_at: str
    audit_log: dict[str, object]
    audit: AuditDocument


def back_up(context: Context, to: Path, now: datetime) -> BackupDocument:
    """Copies the home to a new folder `to`, with ledger and catalog where those are on PostgreSQL. Terminal for other databases and for
    a lake outside the home, which are backed up by their own tools."""
    settings = context.settings
    sql_url, catalog_url = _servers(settings)
    if to.exists() and any(to.iterdir()):
        raise Refused(f"{to} 不是空目录", f"{to} is not empty", "换一个目录 / use another folder")
    if to.resolve().is_relative_to(settings.home):
        raise Refused(f"{to} 在状态目录之内", f"{to} lies inside the home", "换一个目录 / use another folder")
    try:
        with written_beside(to) as partial:
            document = _copy_home(context, sql_url, catalog_url, partial, to, now)
    except (OSError, sqlite3.Error) as cause:
        raise _not_finished("备份", "backup", to, cause) from cause
    context.warehouse.audit("saima", "backup", str(to), {"head": document.audit_log}, now)
    return document


def _not_finished(zh: str, en: str, where: Path, cause: OSError | sqlite3.Error) -> Transient:
    """A full disk, told by the system or by SQLite."""
    why = getattr(cause, "strerror", None) or cause
    return Transient(
        f"{zh}未完成：{where}（{why}）",
        f"the {en} was not finished: {where} ({why})",
        "检查磁盘空间和权限 / check free space and rights",
    )


def _servers(settings: Settings) -> tuple[str | None, str | None]:
    """(URL of the ledger, URL of the catalog), None for one in the home itself."""
    named = (settings.database_url, settings.catalog_url)
    if settings.lake_url or any(url and not url.startswith("postgresql") for url in named):
        raise Terminal(
            "状态目录之外的数据湖和 SQLite 数据库不由此命令备份和恢复",
            "lakes and SQLite databases outside the home are not backed up and not restored by this command",
            "用其自身工具备份（版本化存储桶），或取消 SAIMA_LAKE_URL / back them up by their own tools (a versioned bucket), or unset it",
        )
    return settings.database_url or None, settings.catalog_url or None


def _copy_home(
    context: Context, sql_url: str | None, catalog_url: str | None, partial: Path, to: Path, now: datetime
) -> BackupDocument:
    home, warehouse = context.settings.home, context.warehouse  # opened before the lock: opening may need it
    copy(home / OUT, partial / OUT)
    with (
        file_lock(context.settings.lock_file, LOCK_SECONDS, "backup"),
        warehouse.database.loading(LOCK_SECONDS),
        warehouse.database.without_writers(home, BUSY_SECONDS),
    ):
        head = warehouse.audit_entries(limit=1)
        own = [name for name, url in zip(DATABASES, (sql_url, catalog_url), strict=True) if url is None]
        digests = {name: copy_database(home / name, partial / name) for name in own if (home / name).exists()}
        digests |= copy_databases_out(sql_url, catalog_url, partial)
        for name in LOCKED:
            copy(home / name, partial / name)
        drop_gone(home / OUT, partial / OUT)
        journal = journal_path(context.settings.raw)
        if journal.exists():
            (partial / "raw").mkdir(mode=0o700)
            shutil.copy2(journal, journal_path(partial / "raw"))
        noted = sorted(receipt.receipt_id for receipt in read_journal(partial / "raw"))
        unknown = set(noted) - warehouse.receipts_by_id(noted).keys()
    for name in (*FREE, HOME_FILE):
        copy(home / name, partial / name, but_for=journal)
    if on_their_way := _recorded_since(context, unknown):
        leave_out(partial / "raw", on_their_way)
    files = [path for path in partial.rglob("*") if path.is_file()]
    document = BackupDocument(
        str(home),
        str(to),
        context.programme.name,
        now.isoformat(),
        {"seq": head[-1].seq, "hash": head[-1].hash} if head else {},
        digests,
        len(files),
        sum(path.stat().st_size for path in files),
    )
    (partial / NOTE).write_text(json.dumps(asdict(document), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return document


def _recorded_since(context: Context, receipt_ids: set[str]) -> set[str]:
    """Of receipts that were noted beside the archive and not in the ledger yet: those that their collection, which the backup held off,
    has recorded since. The copied ledger is not older than the archive for want of them; it is for want of the others."""
    give_up, found = time.monotonic() + IN_FLIGHT_SECONDS, set[str]()
    while receipt_ids - found and time.monotonic() < give_up:
        found = set(context.warehouse.receipts_by_id(sorted(receipt_ids)))
        if receipt_ids - found:
            time.sleep(0.1)
    return found


def restore(backup: Path, home: Path, now: datetime, settings: Settings) -> RestoreDocument:
    """Makes a home of a backup and audits it; Refused where there is a home already, and for a database of a server that holds anything.
    One whose process died before the proof is taken on.
    Terminal for a backup that is not whole or of another version of the schema, and where the settings name a database of another kind."""
    sql_url, catalog_url = _servers(settings)
    note = _note(backup)
    for folder, url, variable in (
        (LEDGER_FOLDER, sql_url, "SAIMA_DATABASE_URL"),
        (CATALOG_FOLDER, catalog_url, "SAIMA_CATALOG_URL"),
    ):
        _refuse_other_kind(backup, folder in {name.rpartition("/")[0] for name in note["databases"]}, url, variable)
        if url:
            read_list(backup, folder)
    unproven, mark = home / UNPROVEN, sha256((backup / NOTE).read_bytes()).hexdigest()
    if not unproven.is_file() or unproven.read_text(encoding="ascii") != mark:
        _copy_back(backup, note, home, mark, sql_url, catalog_url)
    restored = open_context(settings.model_copy(update={"home": home}), must_exist=True)
    try:
        entries = {e.seq: e.hash for e in restored.warehouse.audit_entries()}
        head = note["audit_log"]
        if entries.get(int(head["seq"])) != head["hash"] if head else entries:
            raise Terminal(
                "恢复后的审计日志不是备份时的",
                "the restored audit log is not that of the backup",
                "换一个备份 / use another",
            )
        restored.warehouse.audit("saima", "restore", str(backup), {"head": head, "made_at": note["made_at"]}, now)
        document = audit(restored, now)
    finally:
        restored.warehouse.close()
    unproven.unlink()
    return RestoreDocument(str(home), str(backup), str(note["made_at"]), head, document)


def _copy_back(
    backup: Path, note: Mapping[str, Any], home: Path, mark: str, sql_url: str | None, catalog_url: str | None
) -> None:
    """The files of a backup as a home, which says until it is proven of which backup it is made."""
    if home.exists() and any(home.iterdir()):
        raise Refused(
            f"{home} 已有内容，恢复不覆盖",
            f"{home} is not empty: a restore writes over nothing",
            "换一个 --home，或先移走 / use another --home, or move it away",
        )
    for url in filter(None, (sql_url, catalog_url)):
        refuse_unless_empty(url)
    try:
        with written_beside(home) as partial:
            for name in (*DATABASES, *LOCKED, *FREE, HOME_FILE):
                copy(backup / name, partial / name)
            (partial / UNPROVEN).write_text(mark, encoding="ascii")
            if sql_url or catalog_url:
                programme = load_programme(recorded_programme(partial) or str(note["programme"]))
                copy_databases_in(sql_url, catalog_url, backup, partial, programme.name, programme.forms.values())
    except OSError as cause:
        raise _not_finished("恢复", "restore", home, cause) from cause


def _refuse_other_kind(backup: Path, from_server: bool, url: str | None, variable: str) -> None:
    if from_server and url is None:
        raise Terminal(
            f"{backup} 的数据库来自 PostgreSQL，须用 {variable} 指定一个空数据库",
            f"a database of {backup} is of PostgreSQL: {variable} has to name an empty one",
            f"createdb; {variable}=postgresql+psycopg://…",
        )
    if url is not None and not from_server:
        raise Terminal(
            f"{backup} 的数据库是 SQLite 文件，不恢复到状态目录之外",
            f"a database of {backup} is a SQLite file: databases outside the home are not restored from it",
            f"取消 {variable} / unset {variable}",
        )


def _note(backup: Path) -> dict[str, Any]:
    try:
        note: dict[str, Any] = json.loads((backup / NOTE).read_text(encoding="utf-8"))
        wrong = [n for n, d in note["databases"].items() if sha256((backup / n).read_bytes()).hexdigest() != d]
    except (OSError, ValueError, KeyError) as cause:
        raise Terminal(f"{backup} 不是完整的备份", f"{backup} is no whole backup", "saima backup --to DIR") from cause
    missing = [name for name in ("audit_log", "made_at") if name not in note]
    if missing:
        raise Refused(
            f"{backup / NOTE} 缺少 {'、'.join(missing)}，无法证明恢复的账簿是备份时的",
            f"{backup / NOTE} lacks {', '.join(missing)}: the restored books could not be proven",
            "换一个备份 / use another",
        )
    if wrong:
        raise Terminal(
            f"备份已损坏：{', '.join(wrong)}", f"the backup is damaged: {', '.join(wrong)}", "换一个备份 / use another"
        )
    return note
