"""What a message may say: the facts of every kind, and the templates that turn them into text.

A fact that is not registered here never reaches a template, and a value that could be an amount (decimal or floating point) is
refused: texts carry a status and a link, never rows or amounts (issue 5). Templates are Jinja2, `<kind>.zh.j2` and `<kind>.en.j2`: the
first line is the subject, a blank line, then the body. A programme may have its own in `messages/`. No I/O."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from ..errors import Terminal
from .calendar import local_text
from .findings import VERDICT_LABELS
from .notifications import Kind

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

LANGUAGES = ("zh", "en")
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST = 200
"""Characters of a fact (a file name, a unit's name); longer ones are cut with …"""
_LONGER = {
    "link": 2000,
    "detail": 500,
    "what_zh": 500,
    "what_en": 500,
    "remedy": 500,
    "remarks_zh": 500,
    "remarks_en": 500,
}

_ALWAYS = {
    "programme_zh": "方案名称 / name of the programme",
    "programme_en": "方案英文名 / its English name",
    "simulated": "数据是否为模拟 / are the data simulated",
    "time_zone": "时间所用的时区 / time zone that moments are shown in",
    "link": "网页链接，可为空 / link, may be empty",
}
_UNIT = {
    **_ALWAYS,
    "unit_code": "单位代码 / code of the unit",
    "unit_name": "单位名称 / its name",
    "form_zh": "报表名称 / name of the form",
    "form_en": "报表英文名 / its English name",
    "period": "报告期 / period, YYYY-MM",
}
_DUE = {
    **_UNIT,
    "due": "本阶梯所依据的截止时间 / the deadline this ladder counts from",
    "revising": "已报但须更正（退改）/ sent, but to be corrected",
    "provisional": "日历为推算 / the calendar is computed, not announced",
}

FACTS: Mapping[Kind, Mapping[str, str]] = {
    "receipt": {
        **_UNIT,
        "file_name": "文件名 / name of the file",
        "arrived_at": "到达时间 / when it arrived",
        "verdict": "审核结论 / accepted, accepted_with_queries, rejected, unreadable or unassigned",
        "version": "第几次报送 / which version",
        "errors": "强制性错误数 / number of errors",
        "queries": "核实性问题数 / number of queries",
        "due": "报送截止 / county_due",
        "corrections_until": "更正截止，可无 / city_audit_due or None",
    },
    "reminder": {**_DUE, "rung": "阶梯 / T-3, T-1, T-4h or T"},
    "escalation": {**_DUE, "workdays_late": "迟报工作日数 / working days late"},
    "public_mark": {**_DUE, "workdays_late": "迟报工作日数 / working days late"},
    "recovery": {
        **_UNIT,
        "arrived_at": "到达时间 / when the file arrived",
        "verdict": "审核结论 / verdict",
        "workdays_late": "迟报工作日数 / working days late",
    },
    "return": {
        **_UNIT,
        "version": "被退回的版本 / version that was returned",
        "deadline": "更正截止 / until when it must be corrected",
    },
    "digest": {
        **_ALWAYS,
        "day": "日期 / day of the digest",
        "late": "未报、迟报清单 / entries that are late",
        "due_soon": "临近截止清单 / entries whose deadline is near",
        "revising": "退改清单 / entries that are being corrected",
        "recovered": "已补报清单 / entries that came in since the last digest",
        "remarks_zh": "其他提示 / other remarks in Chinese, one a line",
        "remarks_en": "其他提示（英文）/ the same in English",
    },
    "deadline_change": {
        **_ALWAYS,
        "form_zh": "报表名称 / name of the form",
        "form_en": "报表英文名 / its English name",
        "period": "报告期 / period",
        "changes": "变动清单 / what moved: entries of name_zh, name_en, before, after",
    },
    "dispatch": {
        **_ALWAYS,
        "week": "ISO 周 / ISO week",
        "matters": "事项清单 / what waits: entries of what_zh, what_en, count",
        "command": "查看命令 / command that shows it",
    },
    "engineer": {
        **_ALWAYS,
        "problem": "问题代号 / code of the problem, e.g. dead_source",
        "what_zh": "什么坏了 / what is broken, in Chinese",
        "what_en": "什么坏了（英文）/ in English",
        "detail": "细节 / detail, without secrets",
        "since": "何时起，可无 / since when, or None",
        "remedy": "怎么办 / what to do",
    },
}
"""Facts of each kind: name → what it is. All must be given; moments are aware datetimes."""

ENTRY: Mapping[str, str] = {
    "unit_code": "单位代码 / code of the unit",
    "unit_name": "单位名称 / its name",
    "form_zh": "报表名称 / name of the form",
    "form_en": "报表英文名 / its English name",
    "period": "报告期 / period",
    "rung": "阶梯 / rung",
    "due": "截止时间 / deadline",
    "workdays_late": "迟报工作日数 / working days late",
    "acknowledged": "已知悉 / someone has acknowledged it",
}
"""Facts of an entry of a digest's lists."""
CHANGE: Mapping[str, str] = {
    "name_zh": "时点名称 / what the moment is",
    "name_en": "英文 / in English",
    "before": "原时间，可无 / before, or None",
    "after": "新时间，可无 / now, or None",
}
"""Facts of an entry of `changes`."""
MATTER: Mapping[str, str] = {"what_zh": "事项 / what waits", "what_en": "英文 / in English", "count": "件数 / how many"}
"""Facts of an entry of `matters`."""

_LISTS: Mapping[str, Mapping[str, str]] = {
    "late": ENTRY,
    "due_soon": ENTRY,
    "revising": ENTRY,
    "recovered": ENTRY,
    "changes": CHANGE,
    "matters": MATTER,
}


def template_names() -> tuple[str, ...]:
    """Names of all templates, and thereby of the files a programme may have in `messages/`."""
    return tuple(f"{kind}.{language}.j2" for kind in KINDS for language in LANGUAGES)


def permitted(kind: Kind, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The registered facts of a kind, fit for a text: one line each, no control characters, clipped; others are left out.

    Terminal where a fact is missing or could be an amount: that is a mistake of the house, found before anything is sent."""
    missing = sorted(set(FACTS[kind]) - set(facts))
    if missing:
        raise Terminal(f"通知 {kind} 缺少：{'、'.join(missing)}", f"message {kind} lacks: {', '.join(missing)}")
    return {name: _permitted(kind, name, facts[name]) for name in FACTS[kind]}


def _permitted(kind: Kind, name: str, value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value, _LONGER.get(name, LONGEST))
    if value is None or isinstance(value, (bool, int, date)):
        return value
    if isinstance(value, Sequence):
        keys = _LISTS.get(name)
        return [
            {key: _permitted(kind, key, entry.get(key)) for key in keys}
            if keys and isinstance(entry, Mapping)
            else _permitted(kind, name, entry)
            for entry in value
        ]
    amount = isinstance(value, (float, Decimal))
    raise Terminal(
        f"通知 {kind} 的 {name} {'可能是金额' if amount else '类型不允许'}",
        f"{name} of message {kind} {'could be an amount' if amount else 'is of a type that no message carries'}",
    )


def one_line(text: str, longest: int = LONGEST) -> str:
    """The text without control, format and line characters (they could forge a line, a header or a reading direction)."""
    if not text.isprintable():  # a printable text has none of them
        text = "".join(
            " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
            for c in text
            if unicodedata.category(c) not in ("Cf", "Cs")
        )
    plain = " ".join(text.split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def message_environment(loader: BaseLoader) -> Environment:
    """Jinja2 for messages: sandboxed, an unknown name is an error, plain text (what is HTML is escaped where it is made)."""
    from jinja2 import StrictUndefined, pass_context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=loader, undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )

    @pass_context
    def local(context: Any, moment: datetime | None) -> str:
        """A moment in the programme's time zone, `—` where there is none."""
        return local_text(moment, context["time_zone"]) or "—"

    environment.filters["local"] = local
    environment.filters["verdict_zh"] = lambda word: VERDICT_LABELS.get(word, (word, word))[0]
    environment.filters["verdict_en"] = lambda word: VERDICT_LABELS.get(word, (word, word))[1]
    return environment


def subject_and_body(rendered: str) -> tuple[str, str]:
    """First line and the rest of what a template gave; blank lines at the ends are dropped, several in a row are one."""
    subject, _, body = rendered.strip().partition("\n")
    lines = [line.rstrip() for line in body.strip().splitlines()]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return one_line(subject, 2 * LONGEST), "\n".join(kept)
