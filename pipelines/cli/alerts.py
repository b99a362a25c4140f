"""`saima alerts`: look at the deadlines and send, what is in the outbox, the ladder of a month, dead letters, previews."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from ..errors import Refused, Terminal
from ..model.notifications import Kind, NotificationState
from . import output
from . import reminders as chasing
from .home_options import HomeOptions, home_options
from .options import PeriodArgument, clock_of, local, period_of

alerts = typer.Typer(
    no_args_is_help=True, help="催报：提醒、回执、汇总的计划与发送 / the alert ladder: plan, send, and the record of it"
)
Name = Annotated[str, typer.Option("--as", help="经办人 / who does it")]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    alerts.command(help="查看时限并发送到期通知 / look at the deadlines and send what is due")(run)
    alerts.command(help="发件箱 / what is or was in the outbox")(outbox)
    alerts.command(help="一个月的全部催报时点 / every rung of a month, with its deferral")(ladder)
    alerts.command(help="重发死信 / try dead letters again")(retry)
    alerts.command(help="预览通知文本 / preview the text of a message")(preview)
    alerts.command(help="催报系统是否正常 / is the house in order? exit 1 where it is not")(check)
    chasing.register(alerts)
    app.add_typer(alerts, name="alerts")


@home_options()
def run(options: HomeOptions) -> None:
    from ..flow.notify.send import run_alerts

    context = options.context(may_begin=True)
    at = options.moment(context)
    done = run_alerts(context, at, clock_of(options.now, at))
    if options.as_json:
        output.print_json(done)
        return
    watched, sent = done["watch"], done["deliver"]
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(watched["notices"].items())) or "无 / none"
    output.say(
        f"欠报 {watched['open']} 份；新通知 / new: {kinds}；撤回 {watched['withdrawn']}，略过 {watched['passed']} / "
        f"{watched['open']} forms owed, {watched['withdrawn']} withdrawn, {watched['passed']} passed over"
    )
    output.say(
        f"送达 {sent['delivered']}，待重试 {sent['to_retry']}，死信 {sent['dead']}，等待 {sent['waiting']} / "
        f"delivered {sent['delivered']}, to retry {sent['to_retry']}, dead {sent['dead']}, waiting {sent['waiting']}"
    )
    for channel, why in sent["channels_left"].items():
        output.note(f"通道 {channel} 暂停到下次 / left until the next run: {why}")


@home_options()
def outbox(
    options: HomeOptions,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state", help=f"状态，可多次 / state, may be repeated: {', '.join(get_args(NotificationState))}"
        ),
    ] = None,
) -> None:
    from ..flow.notify.escalation_documents import outbox_document

    context = options.context()
    allowed = get_args(NotificationState)
    for one in state or ():
        if one not in allowed:
            raise Terminal(f"没有状态 {one}", f"no such state: {one}", f"允许的值 / allowed: {', '.join(allowed)}")
    document = outbox_document(context, options.moment(context), state or None)  # type: ignore[arg-type]
    if options.as_json:
        output.print_json(document)
        return
    output.table(
        f"发件箱 / outbox, {local(document['now'], context)}: {len(document['messages'])}",
        (
            "标识 id",
            "类别 kind",
            "单位·报告期 unit, period",
            "报表 form",
            "阶段 rung",
            "对象 to",
            "状态 state",
            "不早于 not before",
            "发出 sent",
            "次数 tries",
            "结果 result",
        ),
        (
            (
                m["message_id"][:8],
                m["kind"],
                f"{m['unit'] or ''} {m['period'] or ''}".strip(),
                m["form"],
                m["rung"],
                f"{m['role']} ({m['channel']})",
                m["state"],
                local(m["not_before"], context),
                local(m["sent_at"], context),
                m["attempts"],
                m["result"],
            )
            for m in document["messages"]
        ),
        right=(9,),
    )


@home_options()
def ladder(
    options: HomeOptions,
    period: PeriodArgument,
    unit: Annotated[str | None, typer.Option("--unit", help="只看一个单位 / one unit alone")] = None,
) -> None:
    from ..flow.notify.escalation_documents import escalation_document
    from ..flow.records.find_unit import unit_of

    context = options.context()
    code = unit_of(context.programme, unit).code if unit else None
    document = escalation_document(context, period_of(period), options.moment(context), code)
    if options.as_json:
        output.print_json(document)
        return
    why = {"quiet": "免打扰时段 quiet hours", "day_off": "非工作日 day off"}
    output.table(
        f"{period} 催报时点 / ladder, {local(document['now'], context)}",
        (
            "时点 at",
            "报表 form",
            "阶段 rung",
            "截止 due",
            "发出 out at",
            "顺延 deferred",
            "对象 to",
            "单位 unit",
            "未到 not in",
            "日历 calendar",
        ),
        (
            (
                local(r["at"], context),
                r["form"],
                r["rung"],
                local(r["due"], context),
                local(r["out_at"], context),
                why.get(r["deferral"] or "", ""),
                " ".join(r["to"]),
                r["unit"],
                _not_in(r["not_in"]),
                "推算 provisional" if r["provisional"] else "",
            )
            for r in document["rungs"]
        ),
    )


def _not_in(units: list[str] | None) -> str:
    if units is None:
        return "未到时点 ahead"
    return " ".join(units) or "—" if len(units) <= 4 else f"{len(units)} 家 units"


@home_options()
def retry(
    options: HomeOptions,
    messages: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", help="死信标识（可只写开头）/ ids of dead letters, or how they begin"),
    ] = None,
    name: Annotated[str, typer.Option("--as", help="经办人 / who does it")] = "engineer",
    every: Annotated[bool, typer.Option("--all", help="全部死信 / all dead letters")] = False,
) -> None:
    context = options.context()
    book = context.warehouse.alerts
    dead = [row.notice.message_id for row in book.rows(states=("dead",))]
    if bool(messages) == every:
        raise Terminal(
            "请写出死信标识，或用 --all", "name dead letters, or say --all", "saima alerts outbox --state dead"
        )
    chosen = dead if every else [_of(dead, text) for text in messages or ()]
    if chosen:
        book.revive(chosen, options.moment(context), name)
    if options.as_json:
        output.print_json({"messages": chosen})
    else:
        output.say(f"{len(chosen)} 条重新排队 / queued again; 发送 / send them: saima alerts run")


def _of(dead: list[str], text: str) -> str:
    found = [one for one in dead if text and one.startswith(text)]
    if len(found) != 1:
        raise Refused(
            f"{text}：没有或不止一条这样的死信",
            f"{text}: none or several such dead letters",
            "saima alerts outbox --state dead",
        )
    return found[0]


@home_options("now")
def preview(
    options: HomeOptions,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"类别 / kind: {', '.join(get_args(Kind))}")],
    rung: Annotated[str, typer.Option("--rung", help="阶段 / rung of a reminder: T-3, T-1, T-4h, T")] = "",
    revising: Annotated[
        bool, typer.Option("--revising", help="退改的文本 / the text for a file to be corrected")
    ] = False,
) -> None:
    from ..alerts.lateness import ESCALATION_STEPS
    from ..alerts.messages import FOLDER
    from ..alerts.messages import preview as text_of

    for given, allowed in ((kind, get_args(Kind)), (rung, ("", *ESCALATION_STEPS))):
        if given not in allowed:
            raise Terminal(
                f"没有 {given}", f"no such value: {given}", f"允许的值 / allowed: {', '.join(filter(None, allowed))}"
            )
    context, _ = options.home_if_any()
    text = text_of(kind, rung, revising, context.programme.path / FOLDER, context.programme.languages)  # type: ignore[arg-type]
    if options.as_json:
        output.print_json({"kind": kind, "rung": rung or None, "subject": text.subject, "body": text.body})
    else:
        output.say(f"{text.subject}\n\n{text.body}")


@home_options()
def check(options: HomeOptions) -> None:
    from ..flow.notify.send import problems

    context = options.context()
    found = problems(context, options.moment(context))
    if options.as_json:
        output.print_json({"ok": not found, "problems": found})
    else:
        for one in found:
            output.say(f"{one['problem']}: {one['zh']} / {one['en']}")
        output.say("正常 / in order" if not found else f"{len(found)} 处不正常 / problems")
    raise typer.Exit(1 if found else 0)
