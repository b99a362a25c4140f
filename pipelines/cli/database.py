"""`saima db`: the schema of the database, its accounts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from . import output
from .home_options import HomeOptions, home_options

db = typer.Typer(help="数据库：升级、降级、账户 / the database: schema and accounts", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.add_typer(db, name="db", help="数据库：升级、降级、账户 / the database: schema and accounts")


@db.command(help="升到本程序所需的表结构与视图 / bring schema and views to this version")
@home_options("now")
def upgrade(options: HomeOptions) -> None:
    from ..flow.upkeep.database_upkeep import upgrade_database

    done = upgrade_database(options.context(may_begin=True))
    if options.as_json:
        output.print_json(asdict(done))
        return
    output.say(
        f"{done.database}：表结构 {done.revision}，视图 {done.views} 个 / schema {done.revision}, {done.views} views"
    )


@db.command(help="退回较早的表结构，以便装回旧版程序 / undo migrations, to install an older version")
@home_options()
def downgrade(
    options: HomeOptions,
    revision: Annotated[
        str, typer.Argument(metavar="REVISION", help="退到哪一版，如 0080 / the revision to go down to")
    ],
    yes: Annotated[
        bool,
        typer.Option("--yes", help="确认：旧结构容不下的内容会丢失 / what the older schema has no place for is lost"),
    ] = False,
) -> None:
    from ..errors import Refused
    from ..flow.upkeep.database_upkeep import downgrade_database

    context = options.context()
    if not yes:
        raise Refused(
            "降级会丢失旧结构容不下的内容",
            "a downgrade loses what the older schema has no place for",
            "saima backup，然后加 --yes / then add --yes",
        )
    done = downgrade_database(context, revision, options.moment(context))
    if options.as_json:
        output.print_json(asdict(done))
        return
    output.say(
        f"{done.database}：表结构 {done.revision}（本版程序下次打开会再升级）/ this version upgrades it again when it opens it"
    )


@db.command(help="建立账户并授权(PostgreSQL) / make the accounts and set their rights (PostgreSQL)")
@home_options()
def roles(options: HomeOptions) -> None:
    from ..flow.upkeep.database_upkeep import make_roles

    context = options.context(may_begin=True)
    done = make_roles(context, options.moment(context))
    if options.as_json:
        output.print_json(asdict(done))
        return
    output.table(
        f"账户 / accounts {done.database}",
        ("账户 role", "新建 made", "用途", "purpose"),
        ((r.name, "是 yes" if r.made else "", r.meaning_zh, r.meaning_en) for r in done.roles),
    )
    output.say(
        "账户没有密码：ALTER ROLE … PASSWORD …，或在 pg_hba.conf 指定认证方式 / no password is set: do that, or name another proof"
    )


@db.command(
    "as-of",
    help="截至某一时刻的查询语句，供 sqlite3、psql、DBeaver 等使用 / statements that ask what was known at an instant",
)
@home_options("now")
def as_of(options: HomeOptions) -> None:
    from ..flow.upkeep.database_upkeep import queries_as_of

    document = queries_as_of(options.context())
    if options.as_json:
        output.print_json(asdict(document))
        return
    for query in document.queries:
        output.say(f"-- {query.name}：{query.meaning_zh} / {query.meaning_en}\n{query.sql};\n")
    output.note(
        ":period 如 2022-06，:instant 如 2022-07-12T09:00+08:00 / parameters, e.g. 2022-06 and 2022-07-12T09:00+08:00"
    )
