"""What passes from one DAG to the next: the period of a run and the two partitioned assets. Small values alone."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from saima_airflow.environment import signing_roles

log = logging.getLogger(__name__)


ASKED = ("period", "now")
"""What a run may be given (`register.params`)."""


def refuse_unknown_conf(context: Mapping[str, Any]) -> None:
    """Before every task: a misspelt key in the conf of a run (`perod`) fails it. Airflow passes it over, and the run does what the clock
    would do, for another month."""
    unknown = sorted(set(context["dag_run"].conf or {}) - set(ASKED))
    if unknown:
        raise AirflowFailException(
            f"不认识的参数 {'、'.join(unknown)}，可用 {'、'.join(ASKED)} / unknown in the conf: {', '.join(unknown)}; "
            f"known: {', '.join(ASKED)}"
        )


def period_of(dag_run: Any, params: Mapping[str, Any]) -> str:
    """The month of a run: the partition key it was started for, else the param `period`.

    Asset runs have no logical date, so no other source exists; a run without either fails and says so.
    """
    period = dag_run.partition_key or params.get("period")
    if not period:
        raise AirflowFailException("没有报告期：请填写参数 period / no period: give the param `period`, e.g. 2022-06")
    return str(period)


def emit(event: Any, partitions: Iterable[str], extra: Mapping[str, Any]) -> list[str]:
    """Emit one partition a period on an outlet event; skip the task where there is none.

    A task that succeeds always emits its outlets: without a partition key the listeners would only log a complaint,
    therefore nothing to say is a skip.
    """
    periods = sorted(set(partitions))
    if not periods:
        raise AirflowSkipException("没有新的内容 / nothing new")
    event.add_partitions(periods)
    event.extra = dict(extra)
    return periods


def emit_closed(event: Any, closed: Iterable[Mapping[str, Any]], by_hand: bool = False) -> list[str]:
    """`month_closed` for every month that closed with a new inputs_hash; `closed` as `dagapi.close` returns them. A month that somebody
    asked for `by_hand` and that stays open fails the run, with what is missing: the next hour closes no mistyped month."""
    months = list(closed)
    fresh = {str(month["period"]): month["inputs_hash"] for month in months if month["closed"] and month["emitted"]}
    left = [f"{m['period']}: {m['reason']} {'、'.join(m['missing'])}".strip() for m in months if not m["closed"]]
    if left and by_hand:
        raise AirflowFailException(f"未封账 / not closed: {'; '.join(left)}")
    for text in left:
        log.warning("未封账 / not closed: %s", text)
    return emit(event, fresh, {"inputs_hash": fresh})


def emit_drafted(event: Any, period: str, draft: Mapping[str, Any]) -> list[str]:
    """`edition_drafted` once per changed draft that can be signed, one that begins a returned draft anew among them; `draft` as
    `dagapi.draft` returns it."""
    if draft.get("reopened"):
        log.warning("%s", draft["reopened"])
    if draft["changed"] and draft.get("blocked"):
        raise AirflowSkipException(_blocked(draft))
    extra = {"edition": draft["edition"], "content_hash": draft["content_hash"]}
    return emit(event, [period] if draft["changed"] else [], extra)


def _blocked(draft: Mapping[str, Any]) -> str:
    return f"{draft['edition']} 待核定，不得签发 / cannot be signed yet: " + "; ".join(draft["blocked"])


def unannounced_drafts(ti: Any, params: Mapping[str, Any]) -> list[str]:
    """Periods whose draft waits for signatures that no run asks for: its `edition_drafted` was lost, the run ended or was cleaned
    away, or what blocked the draft was lifted since."""
    from pipelines.flow import dagapi

    return [draft["period"] for draft in dagapi.unsigned(params["now"]) if not _asks_still(ti, draft["release_run"])]


def _asks_still(ti: Any, run_id: str | None) -> bool:
    """Whether this run of `release_edition` has not ended."""
    if run_id is None:
        return False
    return bool(ti.get_dr_count(dag_id="release_edition", run_ids=[run_id], states=["queued", "running"]))


def newest_draft(dag_run: Any, ti: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """The newest draft of the run's period, made where there is none; a skip where it is published already, where the publication
    gate holds it, and where another run asks for its signatures. What was sent back fails: to be signed it is drafted again.

    Always the newest: a run that an older draft started never asks for a signature under superseded content.
    """
    from pipelines.flow import dagapi

    period = period_of(dag_run, params)
    draft = dagapi.draft(period, params["now"])
    if draft["state"] == "published":
        raise AirflowSkipException(f"{draft['edition']} 已发布 / is published already")
    if draft["sent_back"]:
        raise AirflowFailException(draft["sent_back"])
    if draft["blocked"]:
        raise AirflowSkipException(_blocked(draft))
    unasked = [role for role in draft["signatures_needed"] if role not in signing_roles()]
    if unasked:
        variables = "、".join(f"SAIMA_SIGNERS_{role.upper()}" for role in unasked)
        raise AirflowFailException(
            f"方案要求 {'、'.join(unasked)} 签发，请设置 {variables}（id=姓名）/ the programme asks for these signatures: set {variables}"
        )
    asking = dagapi.release_run(draft["edition"], draft["content_hash"])
    if asking != dag_run.run_id and _asks_still(ti, asking):
        raise AirflowSkipException(f"{draft['edition']} 已由 {asking} 请求签发 / {asking} asks for its signatures")
    dagapi.begin_release(draft["edition"], draft["content_hash"], dag_run.run_id, params["now"])
    return {**draft, "period": period}


def superseded(edition: Mapping[str, Any]) -> bool:
    """Whether a newer draft of the period than this one (as `newest_draft` returned it) exists."""
    from pipelines.flow import dagapi

    return dagapi.superseded(edition["edition"], edition["content_hash"])


def returned(edition: Mapping[str, Any]) -> bool:
    """Whether a reviewer has sent this edition back, here or elsewhere."""
    from pipelines.flow import dagapi

    return dagapi.sent_back(edition["edition"])


def may_publish(edition: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    """Whether the embargo is over; skips the rest of the run where a newer draft has superseded this one."""
    if superseded(edition):
        raise AirflowSkipException(f"{edition['edition']} 已被新稿取代 / superseded by a newer draft")
    from pipelines.flow import dagapi

    now = dagapi.moment_of(params["now"])
    return edition["publish_at"] is None or datetime.fromisoformat(edition["publish_at"]) <= now


def publish(edition: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Publish exactly the content that was signed, or fail with the reason; trying again would not change it."""
    from pipelines.flow import dagapi

    outcome = dagapi.publish(edition["edition"], edition["content_hash"], params["now"])
    if not outcome["published"]:
        raise AirflowFailException(f"未发布 / not published: {outcome['reason']}")
    return dict(outcome)


def rebuild_site(published: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any] | None:
    """The public site with the edition just published; a failure is this task's alone and is repaired by `saima site build`."""
    from pipelines.flow import dagapi

    return dagapi.build_site(params["now"]) if published else None


def audit(now: str | None) -> dict[str, Any]:
    """The outcome of an audit, or a failure that names the checks that found a difference."""
    from pipelines.flow import dagapi

    outcome = dagapi.audit(now)
    if not outcome["ok"]:
        failed = [f"{check['id']}: {check['detail']}" for check in outcome["checks"] if check["failed"]]
        raise AirflowFailException("账实不符 / the books do not balance: " + "; ".join(failed))
    return dict(outcome)


def fail_run(reason: str) -> None:
    """Fail: the leaf of a DAG whose other leaves run although something before them failed."""
    raise AirflowFailException(reason)
