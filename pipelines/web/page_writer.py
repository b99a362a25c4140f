"""Pages: Jinja2 templates with everything escaped, a policy with a nonce, Chinese first and English by switch, times of the place."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from ..model.accounts import ROLE_LABELS, Right
from ..model.calendar import local_text
from ..model.fields import FIELDS
from ..model.findings import verdict_label
from ..model.printed_table import ABSENT
from ..model.rulings import REASONS_EN, RuledCell
from ..model.scopes import SCOPE_ZH
from ..model.visible_text import marked_reversals
from ..returns.verdict import SEVERITIES
from .guards import MOST_CHARACTERS
from .page_templates import FOLDER, environment
from .sessions import Session, form_token

STATIC = {
    "saima.css": "text/css; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "saima.js": "text/javascript; charset=utf-8",
}
LANGUAGE_COOKIE = "saima_language"
STATES: Mapping[str, tuple[str, str]] = {
    "missing": ("未报", "missing"),
    "received": ("已收到，正在审核", "received"),
    "parsed": ("已解析", "parsed"),
    "superseded": ("已被新版取代", "superseded"),
    "resent": ("与上次相同", "re-sent"),
    "unassigned": ("单位或报告期不明", "unit or period unknown"),
    "draft": ("初稿", "draft"),
    "published": ("已发布", "published"),
    "pending": ("待发送", "pending"),
    "delivered": ("已送达", "delivered"),
    "dead": ("未能送达", "dead letter"),
    "withdrawn": ("已撤回", "withdrawn"),
    "passed": ("已略过", "passed over"),
    "collected": ("并入汇总", "in a digest"),
    "digested": ("已随汇总送达", "sent in a digest"),
    "given": ("待核定", "given"),
    "other_period": ("写的是另一报告期", "of another period"),
}
"""Words for states; verdicts have theirs in `model.findings`."""
NOTIFICATIONS: Mapping[str, tuple[str, str]] = {
    "receipt": ("回执", "receipt"),
    "reminder": ("提醒", "reminder"),
    "escalation": ("催报升级", "escalation"),
    "public_mark": ("迟报标记", "marked late"),
    "recovery": ("已补报", "arrived late"),
    "return": ("退回", "return"),
    "digest": ("每日汇总", "daily digest"),
    "deadline_change": ("截止时间变更", "deadline moved"),
    "engineer": ("系统告警", "system alert"),
    "dispatch": ("调度周报", "dispatch week"),
}
"""Kinds of notifications as people call them."""
METHODS: Mapping[str, tuple[str, str]] = {
    "SAIMA-1": ("SAIMA-1 功效计分", "SAIMA-1, points"),
    "growth_rank": ("按增速排名", "ranked by growth"),
    "rank_step": ("按名次计分", "points by places"),
    "ratio_cap": ("按完成比计分", "points by the share of the target"),
    "target_gate": ("按达标计分", "points for targets reached"),
    "minmax_60_40": ("按最好最差计分", "points between worst and best"),
    "point_rules": ("按加减分规则计分", "points by rules"),
}
"""What methods of a ranking are called."""
TONES: Mapping[str, str] = {
    "accepted": "good",
    "published": "good",
    "delivered": "good",
    "accepted_with_queries": "warn",
    "returned": "warn",
    "given": "warn",
    "draft": "warn",
    "pending": "warn",
    "rejected": "bad",
    "unreadable": "bad",
    "unassigned": "bad",
    "missing": "bad",
    "dead": "bad",
}


@dataclass(frozen=True)
class Link:
    """An entry of the navigation."""

    path: str
    zh: str
    en: str
    rights: tuple[Right, ...]


@dataclass(frozen=True)
class Unopened:
    """What the frame of a page says in place of a programme that cannot be loaded."""

    zh: str = "方案未能载入"
    en: str = "the programme could not be loaded"
    simulated: bool = False
    language: str = "zh"
    time_zone: str = "UTC"


UNOPENED = Unopened()
LINKS: tuple[Link, ...] = (
    Link("/unit", "报送", "Send", (Right.OWN_RETURNS,)),
    Link("/unit/history", "报送历史", "History", (Right.OWN_RETURNS,)),
    Link("/desk", "本月", "Month", (Right.STATES,)),
    Link("/desk/queries", "核实", "Queries", (Right.DECIDE,)),
    Link("/desk/waivers", "豁免", "Waivers", (Right.DECIDE,)),
    Link("/desk/calls", "催报", "Calls", (Right.CALLS,)),
    Link("/ranking", "排名", "Ranking", (Right.DRAFT,)),
    Link("/editions", "各版", "Editions", (Right.PUBLISHED,)),
    Link("/dispatch", "调度", "Dispatch", (Right.DISPATCH,)),
    Link("/operation/outbox", "发件箱", "Outbox", (Right.OUTBOX,)),
    Link("/operation/rules", "规则", "Rules", (Right.OPERATION,)),
    Link("/operation/sources", "来源", "Sources", (Right.OPERATION,)),
    Link("/accounts", "账号", "Accounts", (Right.ACCOUNTS,)),
)


def page(request: Request, session: Session, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page with its policy. Scripts run by nonce alone, styles are one file of ours."""
    state = request.app.state.portal
    root = str(request.scope.get("root_path", ""))
    nonce = secrets.token_urlsafe(16)
    account = session.account
    programme = state.programme or UNOPENED
    language = _language(request, programme.language)
    zone = programme.time_zone
    english = language == "en"
    body = (
        environment()
        .get_template(template)
        .render(
            root=root,
            path=request.url.path.removeprefix(root),
            english=english,
            language=language,
            nonce=nonce,
            account=account,
            programme=programme,
            mounted=request.app.state.mounted,
            most_characters=MOST_CHARACTERS,
            static=_static_names(),
            form_token=form_token(state.secret(), session),
            links=[one for one in LINKS if account is not None and any(account.may(r) for r in one.rights)],
            may=lambda name: account is not None and account.may(Right(name)),
            t=lambda zh, en: en if english else zh,
            at=lambda moment: _at(moment, zone),
            state_of=lambda word, held=0: _words(word, held)[english],
            severity_of=lambda name: SEVERITIES[name][english],
            role_of=lambda role: ROLE_LABELS[role][english],
            unit_name=lambda code: _unit_name(programme, code, english),
            form_name=lambda name: _form_name(programme, name, english),
            kind_of=lambda kind: NOTIFICATIONS.get(kind, (kind, kind))[english],
            field_name=lambda name: _field_name(name, english),
            method_of=lambda name: METHODS.get(name, (name, name))[english],
            row_of=lambda cell: _row_words(programme, cell, english),
            reason_of=lambda reason: REASONS_EN.get(reason, reason) if english else reason,
            other_language=_in_other_language(request, root, english),
            tone=lambda word: TONES.get(word, "plain"),
            now=state.now(),
            **values,
        )
    )
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {request.app.state.frame_ancestors}"
    )
    answer = HTMLResponse(
        marked_reversals(body).encode("utf-8", "backslashreplace"), status, {"Content-Security-Policy": policy}
    )
    if request.query_params.get("lang") in ("zh", "en"):
        secure = request.url.scheme == "https"
        answer.set_cookie(
            LANGUAGE_COOKIE, language, max_age=31_536_000, path="/", httponly=True, samesite="lax", secure=secure
        )
    return answer


def static_file(name: str) -> tuple[bytes, str] | None:
    """(bytes, media type) of a file that the pages bring along, by its name with or without the mark of its content."""
    plain = next((known for known, marked in _static_names().items() if name in (known, marked)), None)
    return None if plain is None else ((FOLDER / "static" / plain).read_bytes(), STATIC[plain])


@cache
def _static_names() -> dict[str, str]:
    """name → name with the beginning of its SHA-256, so that a browser may keep it for ever."""
    found = {}
    for name in STATIC:
        digest = sha256((FOLDER / "static" / name).read_bytes()).hexdigest()[:10]
        stem, _, ending = name.rpartition(".")
        found[name] = f"{stem}.{digest}.{ending}"
    return found


def _in_other_language(request: Request, root: str, english: bool) -> str:
    """The address of this page in the other language, with what it was asked for; of the answer to a form, which has no address, the
    first page."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    path = "" if request.method == "GET" else f"{root}/"
    return f"{path}?{urlencode([*kept, ('lang', 'zh' if english else 'en')])}"


def _language(request: Request, usual: str) -> str:
    """By `?lang=`, else as chosen before, else the programme's."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return asked if asked in ("zh", "en") else usual


def _at(moment: datetime | str | None, zone: str) -> str:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment) if moment else None
    return local_text(moment, zone) or ABSENT


def _words(word: str, held: int) -> tuple[str, str]:
    return STATES.get(word) or verdict_label(word, held)


def _unit_name(programme: Any, code: str | None, english: bool) -> str:
    unit = programme.roster.get(code or "")
    if unit is None:
        return code or ABSENT
    return str(unit.name_en if english else programme.roster.label(unit))


def _row_words(programme: Any, cell: RuledCell, english: bool) -> str:
    """The key of a row as people know it: of indicators their names."""
    layout = programme.forms.get(cell.form)
    names = {} if english else dict(SCOPE_ZH)
    names |= {one.code: str(one.en if english else one.zh) for one in layout.indicators} if layout else {}
    return " · ".join(names.get(part, part) for part in cell.row_key.split("|") if part)


def _field_name(name: str, english: bool) -> str:
    field = FIELDS.get(name)
    return name if field is None else str(field.en if english else field.zh)


def _form_name(programme: Any, name: str, english: bool) -> str:
    form = programme.forms.get(name)
    return name if form is None else str(form.en if english else form.zh)
