"""`saima doctor`: is everything there that the installation needs? Each check says what to do where it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from ...alerts.channels import open_channels
from ...errors import SaimaError
from ...model.accounts import RIGHTS, SIGNATURE_RIGHTS, SIGNING_ROLES
from ...model.calendar import local_text
from ...settings import Settings, connections
from ...warehouse.db.locking import folder_lock
from ...warehouse.db.schema import HEAD
from ..notify.send import problems
from ..runtime.context import Context

Outcome = Literal["ok", "warning", "failed"]
LEAST_FREE_BYTES = 2 * 1024**3
FARTHEST = timedelta(minutes=5)
_SYSTEM_SECONDS = 10
_CALENDAR_REMEDY = "更新 chinesecalendar 或方案的 workdays.csv / update chinesecalendar or the programme's workdays.csv"
_SENDING_REMEDY = "saima alerts outbox；saima alerts run（定时运行 / on a schedule）"


class Examined(BaseModel):
    """One check: what was looked at, how it stands, and what to do."""

    check: str
    outcome: Outcome
    zh: str
    en: str
    remedy: str = ""


@dataclass(frozen=True)
class Installation:
    """What is examined: a home with its programme, at an instant."""

    settings: Settings
    context: Context
    now: datetime


class DoctorDocument(BaseModel):
    """`saima doctor --json`: `ok` where nothing failed (warnings do not count)."""

    ok: bool
    checks: list[Examined]


def examine(settings: Settings, context: Context, now: datetime) -> DoctorDocument:
    """All checks; one that raises has failed and stops no other."""
    checks: list[Examined] = []
    for name, check in _CHECKS.items():
        try:
            checks.extend(check(Installation(settings, context, now)))
        except (SaimaError, OSError) as error:
            checks.append(Examined(check=name, outcome="failed", zh=str(error), en=str(error), remedy=""))
    return DoctorDocument(ok=all(one.outcome != "failed" for one in checks), checks=checks)


def _database(at: Installation) -> Iterator[Examined]:
    database = at.context.warehouse.database
    revision = database.revision()
    where = database.url.render_as_string(hide_password=True)
    kind = "sqlite" if database.sqlite else "postgresql"
    yield Examined(check="database", outcome="ok", zh=f"数据库可用：{where}", en=f"the database answers: {kind}")
    current = revision == HEAD
    yield Examined(
        check="migrations",
        outcome="ok" if current else "failed",
        zh=f"结构版本 {revision}" + ("" if current else f"，程序需要 {HEAD}"),
        en=f"schema revision {revision}, the program expects {HEAD}",
        remedy="" if current else "用可写的账号运行一次 saima status / run saima status once as a user who may write",
    )


def _storage(at: Installation) -> Iterator[Examined]:
    home = at.settings.home
    writable = os.access(home, os.W_OK)
    yield Examined(
        check="storage",
        outcome="ok" if writable else "failed",
        zh=f"状态目录{'可写' if writable else '不可写'}：{home}",
        en=f"the home may {'' if writable else 'not '}be written",
        remedy="" if writable else f"chown / chmod {home}",
    )
    free = shutil.disk_usage(home).free
    enough = free >= LEAST_FREE_BYTES
    yield Examined(
        check="disk",
        outcome="ok" if enough else "failed",
        zh=f"剩余空间 {free / 1024**3:.1f} GB",
        en=f"{free / 1024**3:.1f} GB are free",
        remedy=""
        if enough
        else "清理或扩容；重建留下的 before-rebuild-* 可删 / free space; before-rebuild-* may be deleted",
    )
    mode = home.stat().st_mode & 0o077
    yield Examined(
        check="permissions",
        outcome="warning" if mode & 0o007 else "ok",
        zh="状态目录对其他用户" + ("开放" if mode & 0o007 else "关闭"),
        en=f"the home is {'open' if mode & 0o007 else 'closed'} to other users",
        remedy=f"chmod o-rwx {home}" if mode & 0o007 else "",
    )


def _fonts(_: Installation) -> Iterator[Examined]:
    program = shutil.which("fc-list")
    found = ""
    if program:
        done = subprocess.run([program, ":lang=zh"], capture_output=True, timeout=_SYSTEM_SECONDS, check=False)  # noqa: S603
        found = done.stdout.decode("utf-8", "replace").strip()
    yield Examined(
        check="fonts",
        outcome="ok" if found else "warning",
        zh="有中文字体" if found else "没有中文字体，服务器上生成的图和 PDF 会缺字",
        en="a Chinese font is there" if found else "no Chinese font on this machine",
        remedy="" if found else "apt-get install fonts-noto-cjk",
    )


def _sources(at: Installation) -> Iterator[Examined]:
    known = connections()
    for source in at.context.programme.sources:
        if source.kind == "folder":
            folder = at.settings.home / Path(source.location).expanduser()
            there = folder.is_dir() or not Path(source.location).expanduser().is_absolute()
            yield Examined(
                check=f"source {source.name}",
                outcome="ok" if there else "failed",
                zh=f"{folder}{'' if there else ' 不在'}",
                en=f"folder {'is there' if there else 'is missing'}",
                remedy="" if there else "检查挂载和 sources.toml / check the mount and sources.toml",
            )
            continue
        name = source.name.upper().replace("-", "_")
        has = any(key in known for key in (f"SAIMA_CONN_{name}", f"AIRFLOW_CONN_{name}"))
        needed = source.kind != "mail"
        yield Examined(
            check=f"source {source.name}",
            outcome="ok" if has or not needed else "failed",
            zh=f"{source.kind}:{'连接已配置' if has else '没有连接'}",
            en=f"{source.kind}: {'a connection is configured' if has else 'no connection'}",
            remedy="" if has or not needed else f"SAIMA_CONN_{name}=…",
        )


def _channels(at: Installation) -> Iterator[Examined]:
    if not at.context.programme.channels:
        yield Examined(
            check="channels",
            outcome="warning",
            zh="方案没有通知渠道，不发送任何通知",
            en="the programme has no channels, nothing is sent",
            remedy="channels.toml",
        )
        return
    ways = open_channels(at.context.programme.channels, connections(), at.settings.home)
    yield Examined(
        check="channels", outcome="ok", zh=f"渠道 {'、'.join(sorted(ways))}", en=f"channels {', '.join(sorted(ways))}"
    )
    for one in problems(at.context, at.now):
        outcome: Outcome = "warning" if one["problem"] == "calendar_provisional" else "failed"
        remedy = _CALENDAR_REMEDY if outcome == "warning" else _SENDING_REMEDY
        yield Examined(check=one["problem"], outcome=outcome, zh=one["zh"], en=one["en"], remedy=remedy)


def _roles(at: Installation) -> Iterator[Examined]:
    accounts = [a for a in at.context.warehouse.accounts.all() if not a.locked]
    signatures = at.context.programme.method.signatures
    lacking = []
    for role in SIGNING_ROLES:  # two signing roles are two people
        needed = sum(SIGNATURE_RIGHTS[s] in RIGHTS[role] for s in signatures)
        if sum(a.role == role for a in accounts) < needed:
            lacking.append(role if needed == 1 else f"{role} × {needed}")
    yield Examined(
        check="roles",
        outcome="ok" if accounts and not lacking else "warning",
        zh=f"网页账号 {len(accounts)} 个" + (f"，缺签发角色 {'、'.join(lacking)}" if lacking else ""),
        en=f"{len(accounts)} accounts" + (f", nobody signs as {', '.join(lacking)}" if lacking else ""),
        remedy="saima users add NAME --role bureau --name …" if lacking or not accounts else "",
    )
    units = {a.unit_code for a in accounts if a.role == "unit"}
    without = [u.name for u in at.context.programme.roster.units if u.ranked and u.code not in units]
    if units and without:
        yield Examined(
            check="roles of units",
            outcome="warning",
            zh=f"没有账号的单位：{'、'.join(without[:10])}",
            en=f"{len(without)} units without an account",
            remedy="saima users add NAME --role unit --unit CODE --name …",
        )


def _clock(at: Installation) -> Iterator[Examined]:
    """The clock against the newest entry of the audit log: one that went back would put arrivals before what was seen already."""
    entries = at.context.warehouse.audit_entries(limit=1)
    behind = bool(entries) and entries[-1].at - at.now > FARTHEST
    yield Examined(
        check="clock",
        outcome="failed" if behind else "ok",
        zh=f"时钟 {local_text(at.now, at.context.programme.time_zone)}({at.context.programme.time_zone})"
        + (f"，早于最近一条审计记录 {local_text(entries[-1].at, at.context.programme.time_zone)}" if behind else ""),
        en=f"clock {local_text(at.now, at.context.programme.time_zone)}"
        + (", before the newest entry of the audit log" if behind else ""),
        remedy="校时（NTP）；演示用 --now / synchronise the clock" if behind else "",
    )


def _pool(at: Installation) -> Iterator[Examined]:
    """The one loader: the lock may be taken, loads are finished, and no file waits that lost its process again and again."""
    at.settings.stage.mkdir(parents=True, exist_ok=True)
    with folder_lock(at.settings.stage) as free:
        pass
    pending = at.context.warehouse.pending_receipts()
    oldest = min((r.seen_at for r in pending), default=at.now)
    stuck = at.now - oldest > timedelta(hours=2)
    yield Examined(
        check="pool",
        outcome="failed" if stuck else "ok",
        zh=f"待处理文件 {len(pending)} 个" + ("" if free else "，装载正在进行"),
        en=f"{len(pending)} files wait to be processed",
        remedy="saima process;Airflow 中检查 pool lake_writer 有 1 个槽 / check the pool lake_writer" if stuck else "",
    )


_CHECKS: dict[str, Callable[[Installation], Iterator[Examined]]] = {
    "database": _database,
    "storage": _storage,
    "fonts": _fonts,
    "sources": _sources,
    "channels": _channels,
    "roles": _roles,
    "clock": _clock,
    "pool": _pool,
}
