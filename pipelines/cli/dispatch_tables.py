"""`saima dispatch …`: what follows from the ranking, a table a command, as of any instant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import dispatch_decisions, dispatch_items, output
from .home_options import HomeOptions, home_options
from .late import CsvFile, HtmlFile, write
from .options import AsOf, PeriodArgument, period_of

Scope = Annotated[
    str | None, typer.Option("--scope", help="范围：library、all 或清单代码 / library (default), all or a list code")
]
Week = Annotated[
    str | None, typer.Option("--week", help="ISO 周 / ISO week, e.g. 2022-W26 (default: the month's last)")
]

HELP = {
    "library": "全周期投资调度服务库 / the dispatch library",
    "stages": "六环节看板、薄弱环节、移动矩阵 / stage board, weakest link, moves",
    "flags": "红旗项目与单位 / red flags",
    "snails": "蜗牛项目与单位、预警、豁免 / snails, warned projects, exemptions",
    "inspections": "督查单与待办 / inspections and what the ladder proposes",
    "factors": "要素建议：土地、能耗、资金 / factor proposals within budgets",
    "leaders": "领导联挂 / leaders of projects, last action, silence",
    "teams": "服务专班纪要与问题 / weekly memos and issues",
    "helpers": "助企服务员 / enterprise helpers",
    "targets": "目标 T1–T4 与比较目标 / targets with gap and pace",
    "lists": "项目清单（去重） / dated lists with de-duplicated totals",
    "coverage": "应统未统 / started and not in statistics",
    "campaign": "百日攻坚 / campaigns",
    "showcase": "成果晾晒 / achievements and new starts",
}


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(
        name="dispatch",
        help="排名之后：调度、红旗、蜗牛、督查、要素、服务、目标 / what follows from the ranking",
        no_args_is_help=True,
    )
    for name, help_text in HELP.items():
        group.command(name, help=help_text)(_command(name))
    dispatch_items.register(group)
    group.command("showcase-public", help="成果晾晒（对外）：只列经许可的项目 / the showcase as it may be published")(
        showcase_public
    )
    group.command(help="简报：全市、领导（--leader）、专班备忘（--team）/ briefs as page and Word")(brief)
    dispatch_decisions.register(group)
    app.add_typer(group)


def _command(name: str) -> Any:
    """The command of a document; stages takes a scope and teams a week beside what all take."""

    @home_options()
    def plain(
        options: HomeOptions, period: PeriodArgument, csv: CsvFile = None, html: HtmlFile = None, as_of: AsOf = None
    ) -> None:
        show(options, name, period, csv, html, as_of)

    @home_options()
    def scoped(
        options: HomeOptions,
        period: PeriodArgument,
        scope: Scope = None,
        csv: CsvFile = None,
        html: HtmlFile = None,
        as_of: AsOf = None,
    ) -> None:
        show(options, name, period, csv, html, as_of, scope=scope)

    @home_options()
    def weekly(
        options: HomeOptions,
        period: PeriodArgument,
        week: Week = None,
        csv: CsvFile = None,
        html: HtmlFile = None,
        as_of: AsOf = None,
    ) -> None:
        show(options, name, period, csv, html, as_of, week=week)

    return {"stages": scoped, "teams": weekly}.get(name, plain)


def show(
    options: HomeOptions,
    name: str,
    period: str,
    csv: Any,
    html: Any,
    as_of: str | None,
    scope: str | None = None,
    week: str | None = None,
) -> None:
    """Make the document and print it, or write what was asked for."""
    from ..flow.dispatch.documents import json_of
    from ..flow.dispatch.documents_of import as_csv, as_page, dispatch_document, unit_names
    from ..flow.dispatch.print_tables import print_tables
    from ..flow.records.submission_status import refuse_unknown

    context, month = options.context(), period_of(period)
    instant = options.moment(context, as_of)
    document = dispatch_document(context, name, month, instant, scope, week)
    refuse_unknown(context, month)  # tables of people rest on no return, and are never empty for want of one
    write(csv, lambda: as_csv(context, document))
    write(html, lambda: as_page(context, document, instant))
    if options.as_json:
        output.print_json(json_of(document))
    else:
        output.tables(print_tables(document, unit_names(context)))


@home_options()
def showcase_public(
    options: HomeOptions, period: PeriodArgument, csv: CsvFile = None, html: HtmlFile = None, as_of: AsOf = None
) -> None:
    from ..flow.dispatch.documents import json_of
    from ..flow.dispatch.documents_of import csv_of, unit_names
    from ..flow.dispatch.public_showcase import print_public_showcase, public_showcase, showcase_page

    context = options.context()
    document = public_showcase(context, period_of(period), options.moment(context, as_of))
    tables = print_public_showcase(document, unit_names(context))
    write(csv, lambda: csv_of(tables))
    write(html, lambda: showcase_page(context, document))
    if options.as_json:
        output.print_json(json_of(document))
    else:
        output.tables(tables)


@home_options()
def brief(
    options: HomeOptions,
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="报告期，2022-06 或 2022-H1 / period")],
    leader: Annotated[str | None, typer.Option("--leader", help="领导代码或姓名 / code or name of a leader")] = None,
    team: Annotated[str | None, typer.Option("--team", help="专班代码或名称 / code or name of a team")] = None,
    week: Week = None,
    csv: CsvFile = None,
    html: HtmlFile = None,
    word: Annotated[Path | None, typer.Option("--word", help="写成 Word 文档 / write as a Word document")] = None,
    as_of: AsOf = None,
) -> None:
    from ..flow.dispatch.documents import json_of
    from ..flow.dispatch.documents_of import brief_of, brief_page, brief_word, csv_of

    context = options.context()
    instant = options.moment(context, as_of)
    month = f"{period[:4]}-06" if period.endswith("-H1") else period
    made = brief_of(context, period_of(month), instant, leader, team, week)
    write(csv, lambda: csv_of(made.tables))
    write(html, lambda: brief_page(context, made, instant))
    write(word, lambda: brief_word(context, made, instant))
    if options.as_json:
        output.print_json(json_of(made.document))
    else:
        for text in (made.title, *made.paragraphs):
            output.say(text)
        output.tables(made.tables)
