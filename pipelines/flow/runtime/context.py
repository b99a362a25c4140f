"""What every process needs: settings, programme, archive and warehouse of one home, opened once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...collect.archive import Archive
from ...errors import Terminal
from ...model.calendar import Workdays
from ...model.programme import Programme
from ...programme.folder import find
from ...programme.load_programme import load
from ...publish.atomic_file import write_whole
from ...reference.codes import code_lists
from ...reference.workdays import chinese_workdays
from ...settings import Settings
from ...warehouse.db.exchange import finish_exchange
from ...warehouse.opening import Warehouse, open_warehouse

HOME_FILE = "home.json"
DEFAULT_PROGRAMME = "jiaxing"


def load_programme(name_or_path: str) -> Programme:
    """A programme by bundled name or path, checked whole; ConfigError names file and line of what is wrong."""
    return load(find(name_or_path), _workdays(), code_lists())


def _workdays() -> Workdays:
    return chinese_workdays()


@dataclass(frozen=True)
class Context:
    """One home and its programme. The warehouse is opened at first use."""

    settings: Settings
    programme: Programme
    lake_may_be_lost: bool = False
    """A copy without its lake is opened all the same: it is to be made again."""

    @cached_property
    def warehouse(self) -> Warehouse:
        s = self.settings
        s.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        finish_exchange(s.home)
        if ledger_is_lost(s):
            raise Terminal(
                f"{s.home} 的账簿数据库 warehouse.db 不在，而原始档案或数据湖还在",
                f"the ledger warehouse.db of {s.home} is gone, its archive or lake is not",
                "从备份恢复 warehouse.db；没有备份时从档案重建 / restore it from a backup; without one: saima rebuild",
            )
        return open_warehouse(
            s.sql_url,
            s.iceberg_catalog_url,
            s.lake,
            s.lock_file,
            s.stage,
            self.programme.name,
            self.programme.version,
            forms=self.programme.forms.values(),
            lease_seconds=s.lease_seconds,
            concordance=self.programme.concordance,
            lake_properties=s.lake_properties,
            lake_may_be_lost=self.lake_may_be_lost,
        )

    @cached_property
    def archive(self) -> Archive:
        return Archive(self.settings.raw, self.settings.file_max_bytes)


def ledger_is_lost(settings: Settings) -> bool:
    """A home with an archive or a lake and without the ledger that knows them; an empty one in its place would prove anything. A file
    without a byte, and none beside it that would be taken into it, is none."""
    ledger = settings.home / "warehouse.db"
    if settings.database_url or any(
        f.exists() and f.stat().st_size for f in (ledger, ledger.with_name("warehouse.db-wal"))
    ):
        return False
    archived = settings.raw.is_dir() and any(len(path.name) == 2 for path in settings.raw.iterdir())
    return archived or (settings.home / "catalog.db").exists()


def open_context(settings: Settings, programme: str | None = None, must_exist: bool = False) -> Context:
    """The home with its programme: the one given, else the home's own, else jiaxing. One home is one programme.

    A folder that is no home yet becomes one, unless it `must_exist` (to prove the books of nothing would prove nothing).
    """
    recorded = recorded_programme(settings.home)
    lost = recorded is None and (settings.home / "warehouse.db").exists()
    if lost and not programme:
        raise Terminal(
            f"{settings.home / HOME_FILE} 不在，而账簿还在",
            f"{settings.home / HOME_FILE} is gone, the books are not",
            "从备份取回，或写明方案，即重新写出 / restore it from a backup; it is written again where the programme is named: --programme",
        )
    if recorded is None and must_exist and not lost:
        raise Terminal(
            f"{settings.home} 不是状态目录，没有账簿",
            f"{settings.home} is not a home, it holds no books",
            "检查 --home 和 SAIMA_HOME；首次用 saima collect 或 month / check --home and SAIMA_HOME; saima collect or month begins one",
        )
    chosen = programme or recorded or DEFAULT_PROGRAMME
    loaded = load_programme(chosen)
    if lost:
        Context(settings, loaded).warehouse.close()  # opened: the ledger knows whose it is
    if recorded is None:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = {"programme": loaded.name, "path": str(_location(chosen, loaded.path))}
        write_whole(settings.home / HOME_FILE, json.dumps(record, ensure_ascii=False).encode())
    else:
        own = load_programme(recorded).name if programme else loaded.name
        said = (_record(settings.home) or {}).get("programme", own)
        if said != own:
            raise Terminal(
                f"{settings.home / HOME_FILE} 被改动：方案是 {said}，其路径却是 {own}",
                f"{settings.home / HOME_FILE} was changed: programme {said}, but the path of {own}",
                "从备份取回 / restore it from a backup",
            )
        if own != loaded.name:
            raise Terminal(
                f"{settings.home} 属于方案 {own}，不能用于 {loaded.name}",
                f"{settings.home} belongs to programme {own}, not {loaded.name}",
                "换一个 --home，或去掉 --programme / use another --home or leave --programme out",
            )
    return Context(settings, loaded)


def _location(chosen: str, path: Path) -> str:
    """Bundled programmes are remembered by name, so that a home survives a moved checkout; folders by absolute path."""
    return chosen if not Path(chosen).exists() else str(path.resolve())


def recorded_programme(home: Path) -> str | None:
    """The programme a home was made for, as it was named then; None for a folder that is no home yet."""
    record = _record(home)
    return None if record is None else record["path"]


def _record(home: Path) -> dict[str, str] | None:
    file = home / HOME_FILE
    if not file.exists():
        return None
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        return {name: str(record[name]) for name in ("programme", "path")}
    except (ValueError, KeyError, TypeError) as error:
        raise Terminal(
            f"{file} 已损坏", f"{file} is damaged", "从备份恢复，或换一个 --home / restore it or use another --home"
        ) from error
