"""`saima dispatch decide …`: decisions of people, each on its document, recorded for good."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..model.dispatch_decisions import PERMITS, DecisionKind
from ..model.typed_dates import typed_day
from . import decision_book, output
from .home_options import HomeOptions, home_options
from .options import period_of

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="项目代码 / project code")]
Subject = Annotated[
    str, typer.Argument(metavar="SUBJECT", help="项目代码或督查单编号 / project code or id of the inspection")
]
FactorKey = Annotated[str, typer.Argument(metavar="FACTOR", help="要素 / factor: land, energy, funds")]
ListCode = Annotated[str, typer.Option("--list", help="清单代码 / code of the list")]
Name = Annotated[str, typer.Option("--as", help="作出决定的人或岗位 / who decides")]
DocumentNumber = Annotated[str, typer.Option("--document", help="依据文件文号 / number of the document it rests on")]
Reason = Annotated[str, typer.Option("--reason", help="理由 / why")]
From = Annotated[str | None, typer.Option("--from", help="生效日，缺省为今天 / first day, default today")]
Until = Annotated[str | None, typer.Option("--until", help="到期日（含） / last day, inclusive")]

_PLAIN: dict[str, tuple[DecisionKind, str]] = {
    "library-enter": ("library_entry", "手工入库 / let a project into the library"),
    "library-exit": ("library_exit", "手工出库 / take a project out of the library"),
    "notice": ("notice", "发出提醒单 / record that a project was told it is yellow"),
    "answer": ("inspection_answered", "督查答复 / the inspected side has answered"),
    "rectify": ("inspection_rectified", "督查整改完成 / it is rectified"),
    "close": ("inspection_closed", "督查销号 / close an inspection"),
    "escalate": ("inspection_escalated", "督查升级 / escalate an inspection: talk, exposure"),
}
"""Decisions that need nothing but who, on which document, why and from when."""


def register(group: typer.Typer) -> None:
    """Add the group to `saima dispatch`."""
    decide = typer.Typer(name="decide", help="登记决定 / record a decision", no_args_is_help=True)
    for command, (kind, help_text) in _PLAIN.items():
        decide.command(command, help=help_text)(_plain(kind))
    decide.command("list-enter", help="列入清单 / put a project on a list")(list_enter)
    decide.command("list-exit", help="移出清单 / take a project off a list")(list_exit)
    decide.command(help="蜗牛豁免 / exempt a snail: force_majeure, approved_suspension, public_factor")(exempt)
    decide.command(help="督查立案 / open an inspection")(inspect)
    decide.command(help="要素额度 / set the budget of a factor")(budget)
    decide.command(help="采纳要素建议 / grant a factor to a project")(grant)
    decide.command(help="不采纳要素建议 / refuse a proposal")(refuse)
    decide.command(help="目标版本 / a version of a target; after 31 January logged and not scored")(target)
    decide.command(help="联挂领导 / assign a leader to a project")(leader)
    decide.command(help="对外公开许可 / permit to name a project outside: showcase, snail")(permit)
    decide.command("withdraw-permit", help="撤回公开许可 / withdraw a permit to name a project outside")(
        withdraw_permit
    )
    decide.command(help="年度计划调整（1 月 31 日后只登记） / a change of a frozen plan, logged")(plan)
    decision_book.register(group, decide)
    group.add_typer(decide)


def _record(
    kind: DecisionKind,
    subject: str,
    name: str,
    document: str,
    reason: str,
    begins: str | None,
    ends: str | None,
    detail: dict[str, str],
    options: HomeOptions,
) -> None:
    from ..flow.dispatch.decision_effect import effect_words
    from ..flow.dispatch.decision_request import DecisionRequest
    from ..flow.dispatch.documents import json_of
    from ..flow.dispatch.documents_of import decisions_document
    from ..flow.dispatch.record_decision import decide, newest_view

    context = options.context()
    at = options.moment(context)
    request = DecisionRequest(kind, subject, name, document, reason, typed_day(begins), typed_day(ends), detail)
    done = decide(context, request, at)
    if words := effect_words(done, newest_view(context, at).period, context.programme):
        output.note(" / ".join(words))
    if options.as_json:
        one = decisions_document(context, at, done.subject)
        mine = [row for row in one.decisions if row.decision_id == done.decision_id]
        output.print_json(json_of(one.model_copy(update={"decisions": mine})))
    else:
        output.say(f"已登记 / recorded: {done.kind} {done.subject} ({done.valid_from} – {done.valid_to or ''})")
        if kind in PERMITS:
            output.say(
                "成果晾晒页面已按现行许可更新，已发布的版本不变 / the showcase shows who is permitted now; published editions never change"
            )


def _plain(kind: DecisionKind) -> Any:
    """The command of a decision of _PLAIN."""

    @home_options()
    def command(
        options: HomeOptions,
        subject: Subject,
        name: Name,
        document: DocumentNumber = "",
        reason: Reason = "",
        begins: From = None,
    ) -> None:
        _record(kind, subject, name, document, reason, begins, None, {}, options)

    return command


@home_options()
def list_enter(
    options: HomeOptions,
    project: Project,
    list_code: ListCode,
    name: Name,
    document: DocumentNumber = "",
    begins: From = None,
    ends: Until = None,
) -> None:
    _record("list_entry", project, name, document, "", begins, ends, {"list": list_code}, options)


@home_options()
def list_exit(
    options: HomeOptions,
    project: Project,
    list_code: ListCode,
    name: Name,
    document: DocumentNumber = "",
    begins: From = None,
) -> None:
    _record("list_exit", project, name, document, "", begins, None, {"list": list_code}, options)


@home_options()
def exempt(
    options: HomeOptions,
    project: Project,
    name: Name,
    cause: Annotated[str, typer.Option("--cause", help="原因 / cause")],
    document: DocumentNumber = "",
    ends: Until = None,
    department: Annotated[str, typer.Option("--department", help="责任部门 / department that owes the factor")] = "",
    reason: Reason = "",
    begins: From = None,
) -> None:
    detail = {"cause": cause, "department": department}
    _record("exemption", project, name, document, reason, begins, ends, detail, options)


@home_options()
def inspect(
    options: HomeOptions,
    project: Project,
    name: Name,
    document: DocumentNumber = "",
    step: Annotated[str, typer.Option("--step", help="级别 / step: slip, inspection, talk, exposure")] = "",
    reason: Reason = "",
    begins: From = None,
) -> None:
    detail = {"step": step} if step else {}
    _record("inspection_opened", project, name, document, reason, begins, None, detail, options)


@home_options()
def budget(
    options: HomeOptions,
    factor: FactorKey,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="额度 / amount in the factor's unit")],
    name: Name,
    document: DocumentNumber = "",
    begins: From = None,
    ends: Until = None,
) -> None:
    _record("factor_budget", factor, name, document, "", begins, ends, {"amount": amount}, options)


PeriodOption = Annotated[str, typer.Option("--period", help="建议所属月份 / month of the proposal, YYYY-MM")]


@home_options()
def grant(
    options: HomeOptions,
    factor: FactorKey,
    project: Project,
    period: PeriodOption,
    name: Name,
    document: DocumentNumber = "",
    amount: Annotated[str, typer.Option("--amount", help="数量，缺省为需求 / amount, default the need")] = "",
    reason: Reason = "",
) -> None:
    detail = {"factor": factor, "period": str(period_of(period)), "amount": amount}
    _record("factor_accepted", project, name, document, reason, None, None, detail, options)


@home_options()
def refuse(
    options: HomeOptions, factor: FactorKey, project: Project, period: PeriodOption, name: Name, reason: Reason = ""
) -> None:
    detail = {"factor": factor, "period": str(period_of(period))}
    _record("factor_refused", project, name, "", reason, None, None, detail, options)


@home_options()
def target(
    options: HomeOptions,
    target_id: Annotated[str, typer.Argument(metavar="TARGET", help="目标编号 / id, such as T3")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="目标值 / value: 万元 or a fraction")],
    name: Name,
    document: DocumentNumber = "",
    begins: From = None,
) -> None:
    _record("target_version", target_id, name, document, "", begins, None, {"value": value}, options)


@home_options()
def leader(
    options: HomeOptions,
    project: Project,
    leader_code: Annotated[str, typer.Option("--leader", help="领导代码 / code of the leader")],
    name: Name,
    document: DocumentNumber = "",
    leader_name: Annotated[str, typer.Option("--name", help="姓名 / name")] = "",
    post: Annotated[str, typer.Option("--post", help="职务 / post")] = "",
    level: Annotated[str, typer.Option("--level", help="级别 / province, city, county, township")] = "",
    replaces: Annotated[str, typer.Option("--replaces", help="接替的领导代码 / code of the leader replaced")] = "",
    begins: From = None,
    ends: Until = None,
) -> None:
    detail = {
        "leader_code": leader_code,
        "leader_name": leader_name,
        "leader_post": post,
        "leader_level": level,
        "replaces": replaces,
    }
    _record("leader_assigned", project, name, document, "", begins, ends, detail, options)


@home_options()
def permit(
    options: HomeOptions,
    project: Project,
    name: Name,
    purpose: Annotated[str, typer.Option("--purpose", help="showcase 或 snail / showcase or snail")],
    document: DocumentNumber = "",
    ends: Until = None,
    notified_on: Annotated[str, typer.Option("--notified-on", help="告知日期 / day on which it was told")] = "",
    reply: Annotated[str, typer.Option("--reply", help="陈述申辩 / what it replied")] = "",
    begins: From = None,
) -> None:
    detail = {"purpose": purpose, "notified_on": notified_on, "reply": reply}
    _record("publication_permit", project, name, document, "", begins, ends, detail, options)


@home_options()
def withdraw_permit(
    options: HomeOptions,
    project: Project,
    name: Name,
    purpose: Annotated[str, typer.Option("--purpose", help="showcase 或 snail / showcase or snail")],
    reason: Reason = "",
    document: DocumentNumber = "",
    begins: From = None,
) -> None:
    _record("permit_withdrawn", project, name, document, reason, begins, None, {"purpose": purpose}, options)


@home_options()
def plan(
    options: HomeOptions,
    project: Project,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="年度计划（万元） / annual plan, 万元")],
    name: Name,
    document: DocumentNumber = "",
    reason: Reason = "",
    begins: From = None,
) -> None:
    _record("plan_change", project, name, document, reason, begins, None, {"value": value}, options)
