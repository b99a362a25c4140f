"""Commands that keep a home: deliver, backup, restore, and `saima lake`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from . import output
from .home_options import HomeOptions, home_options
from .options import PeriodArgument, moment, period_of, settings_of

lake = typer.Typer(help="数据湖：位置与维护 / the lake: where it is, its upkeep", no_args_is_help=True)
DryRun = Annotated[bool, typer.Option("--dry-run", help="只说会做什么 / only say what would be done")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(help="向统计局交付一个月的数据表 / deliver the tables of a month to the bureau")(deliver)
    app.command(help="运行中备份状态目录 / back up the home while it runs")(backup)
    app.command(help="由备份恢复并核账 / restore a backup and prove it")(restore)
    app.add_typer(lake, name="lake", help="数据湖：位置与维护 / the lake: where it is, its upkeep")


@home_options()
def deliver(
    options: HomeOptions,
    period: PeriodArgument,
    to: Annotated[str, typer.Option("--to", help="目录或 s3://bucket/prefix（默认 HOME/out/deliveries）")] = "",
    name: Annotated[str, typer.Option("--as", help="交付人 / who delivers")] = "saima",
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="截至此刻有效的数据 / the tables as they stood at this moment")
    ] = None,
) -> None:
    from ..flow.upkeep.deliver import deliver_month

    context = options.context()
    at = moment(as_of, context) if as_of else None
    done = deliver_month(context, period_of(period), options.moment(context), name, to, at)
    if options.as_json:
        output.print_json(asdict(done))
        return
    rows = "，".join(f"{table} {count}" for table, count in done.rows.items())
    output.say(f"{done.delivery} → {done.destination}\n  行数 / rows: {rows}\n  manifest SHA-256 {done.content_hash}")
    if done.edition is None:
        output.say("  该月尚未发布，未含排名 / nothing is published yet: without ranking")
    if done.schema:
        output.say(f"  PostgreSQL schema {done.schema}")


@home_options()
def backup(
    options: HomeOptions,
    to: Annotated[Path, typer.Option("--to", help="备份目录，须为空或不存在 / folder of the backup, empty or new")],
) -> None:
    from ..flow.upkeep.backup import back_up

    context = options.context()
    done = back_up(context, to, options.moment(context))
    if options.as_json:
        output.print_json(asdict(done))
        return
    output.say(
        f"已备份到 {done.backup}：{done.files} 个文件，{done.bytes / 1e6:.1f} MB / backed up; "
        f"audit log #{done.audit_log.get('seq', 0)}"
    )


@home_options("programme")
def restore(
    options: HomeOptions,
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="saima backup 的目录 / folder of a backup")],
) -> None:
    from ..flow.runtime.context import open_context
    from ..flow.upkeep.backup import restore as run

    settings = settings_of(options.home)
    looked = open_context(settings.model_copy(update={"home": source.resolve()}), must_exist=True)
    done = run(source, settings.home, moment(options.now, looked), settings)
    if options.as_json:
        output.print_json(asdict(done))
    else:
        checks = done.audit["checks"]
        output.say(f"已恢复到 {done.home}（备份于 {done.made_at}）/ restored; {len(checks)} checks")
        for check in (c for c in checks if c["failed"]):
            output.say(f"  {check['id']}: {check['detail']}")
        output.say("账目相符 / the books agree" if done.audit["ok"] else "账目不符 / the books do not agree")
    raise typer.Exit(0 if done.audit["ok"] else 1)


@lake.command(help="元数据地址与查询示例 / addresses of metadata, and queries to copy")
@home_options("now")
def locate(
    options: HomeOptions,
    table: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="一张表，默认全部 / one table, else all")
    ] = None,
    period: Annotated[str | None, typer.Option("--period", help="只列此期的文件 / files of this period alone")] = None,
) -> None:
    from ..flow.upkeep.lake_location import locate_lake

    context = options.context()
    found = locate_lake(context, table, str(period_of(period)) if period else None)
    if options.as_json:
        output.print_json(asdict(found))
        return
    output.say(f"lake {found.lake}\ncatalog {found.catalog}\n{found.credentials}")
    for one in found.tables:
        output.say(f"\n{one.table}（{one.meaning_zh} / {one.meaning_en}）{one.rows} 行，{len(one.files)} 个文件")
        output.say(f"  metadata {one.metadata}\n  snapshot {one.snapshot}")
        if table:
            for engine, query in one.queries.items():
                output.say(f"  [{engine}]\n{query}")


@lake.command(help="合并小文件 / make many small files one")
@home_options()
def compact(options: HomeOptions, dry_run: DryRun = False) -> None:
    context = options.context()
    _say(context.warehouse.lake_upkeep.compact(options.moment(context), dry_run), options.as_json)


@lake.command(help="删除旧快照，已标记的版次保留 / forget old snapshots; tagged editions stay")
@home_options()
def expire(
    options: HomeOptions,
    days: Annotated[int, typer.Option("--days", min=0, help="保留天数 / snapshots younger than this stay")] = 7,
    dry_run: DryRun = False,
) -> None:
    context = options.context()
    _say(context.warehouse.lake_upkeep.expire(options.moment(context), days, dry_run), options.as_json)


@lake.command(help="删除无人引用的文件 / remove files that no snapshot names")
@home_options()
def orphans(
    options: HomeOptions,
    hours: Annotated[int, typer.Option("--hours", min=0, help="保留新于此的文件 / files younger than this stay")] = 24,
    dry_run: DryRun = False,
) -> None:
    context = options.context()
    _say(context.warehouse.lake_upkeep.remove_orphans(options.moment(context), hours, dry_run), options.as_json)


@lake.command(help="清除重建前的旧仓库与残留文件 / remove warehouses set aside and half-written files")
@home_options()
def retention(
    options: HomeOptions,
    days: Annotated[int, typer.Option("--days", min=1, help="旧仓库保留天数 / warehouses younger than this stay")] = 90,
    dry_run: DryRun = False,
) -> None:
    from ..flow.upkeep.retention import apply_retention

    context = options.context()
    done = apply_retention(context, options.moment(context), days, dry_run)
    if options.as_json:
        output.print_json(asdict(done))
        return
    for one in done.removed:
        output.say(f"{one.path}（{one.reason}）{one.bytes / 1e6:.1f} MB")
    output.say(
        f"{len(done.removed)} 项{'将删除' if dry_run else '已删除'} / {'to be removed' if dry_run else 'removed'}"
    )


def _say(done: Any, as_json: bool) -> None:
    if as_json:
        output.print_json(asdict(done))
        return
    for one in done.tables:
        output.say(
            f"{one.table}: {one.files} 个文件 / files, {one.snapshots} 个快照 / snapshots, {one.bytes / 1e6:.1f} MB "
            f"{' '.join(one.periods)}"
        )
    said = "只是试算 / dry run" if done.dry_run else "完成 / done"
    output.say(f"{done.action}: {said}" if done.tables else f"{done.action}: 无须处理 / nothing to do")
