"""Sign-off of a draft edition by a named person, as a human-in-the-loop task that parks without a worker slot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLBranchOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput
from saima_airflow.environment import DEMONSTRATION_SIGNER, REVIEW, signers, signing_roles
from saima_airflow.handover import returned, superseded

APPROVE = "批准发布"
RETURN = "退回修改"
ROLES = {"author": "编制", "reviewer": "审核", "approver": "签发", "statistics": "统计", "dispatch": "经信"}
"""Who signs what (domain_decisions §6): statistics for levels and growth, dispatch for the other indicators; the three reviewers (三审)
where SAIMA_SIGNERS_AUTHOR, _REVIEWER and _APPROVER name them (`environment.signing_roles`)."""
OPINION = "opinion"
STILL_CURRENT_EVERY = timedelta(minutes=30)
DECISION = "decision"


class SignoffOperator(HITLBranchOperator):
    """Asks the signers of one role to approve or return one content hash.

    `edition` is what `dagapi.draft` returned, with its period. Answered, it pushes the XCom `decision`
    {role, name, id, decision, opinion, at, content_hash, demonstration} and branches to `approve_task` or `return_task`. A role
    the programme does not require, or one that has signed this hash already (on the pages, or before this task was cleared), goes to
    `approve_task` without a decision. A draft that a newer one has superseded, or that was sent back elsewhere, stops waiting within half
    an hour: both branches are skipped.
    """

    template_fields = (*HITLBranchOperator.template_fields, "edition")

    def __init__(self, *, role: str, edition: Any, approve_task: str, return_task: str, **kwargs: Any) -> None:
        kwargs.pop("params", None)  # those of the DAG: not asked of a person here
        super().__init__(
            subject=f"{ROLES[role]}签署 / sign-off: {role}",
            options=[APPROVE, RETURN],
            options_mapping={APPROVE: approve_task, RETURN: return_task},
            assigned_users=signers(role),
            params={
                OPINION: Param(
                    "",
                    type=["null", "string"],
                    maxLength=500,
                    title="意见",
                    description="退回时必填，至少四个字，否则再问一次 / needed to return a draft: 4 characters or more",
                    source="task",
                )
            },
            response_timeout=STILL_CURRENT_EVERY,
            **kwargs,
        )
        self.role = role
        self.edition = edition
        self.approve_task = approve_task

    def execute(self, context: Any) -> Any:
        """Park until somebody answers, or pass on where this role has nothing to sign."""
        if not self._awaited():
            self.log.info("%s 无需签发 / nothing to sign", self.role)
            return self.do_branch(context, self.approve_task)
        self.subject = f"{self.edition['edition']} · {ROLES[self.role]}签署 / sign-off: {self.role}"
        self.body = f"{self.edition['summary_md']}\n\n签发的内容 / signed content: `{self.edition['content_hash']}`"
        return super().execute(context)

    def _awaited(self) -> bool:
        """Whether the role has still to sign: on the pages, by the command or by an earlier try of this task it may have."""
        from pipelines.flow import dagapi

        needed = self.role in self.edition["signatures_needed"]
        return needed and self.role in dagapi.outstanding(self.edition["edition"], self.edition["content_hash"])

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Record who decided what; on the half-hourly wake-up wait on, unless the draft has been superseded. A return that does not say
        why is no answer: it is asked again."""
        if event.get("error_type") == "timeout":
            if superseded(self.edition) or returned(self.edition):
                return self.do_branch(context, None)
            if not self._awaited():
                self.log.info("%s 已在别处签发 / signed elsewhere", self.role)
                return self.do_branch(context, self.approve_task)
            raise TaskAwaitingInput(method_name="execute_complete", timeout=self.response_timeout)
        if "error" not in event:
            opinion = _opinion_of(event)
            if event["chosen_options"] == [RETURN] and not opinion:
                self.log.warning("退回须写明意见，再次请求 / a return needs an opinion: asked again")
                return self.execute(context)
            signer = event.get("responded_by_user") or {}
            context["ti"].xcom_push(
                key=DECISION,
                value={
                    "role": self.role,
                    "id": signer.get("id", ""),
                    "name": signer.get("name", ""),
                    "decision": event["chosen_options"][0],
                    "opinion": opinion,
                    "at": context["params"].get("now") or event["responded_at"].isoformat(),
                    "content_hash": self.edition["content_hash"],
                    "demonstration": signer.get("id") == DEMONSTRATION_SIGNER,
                },
            )
        return super().execute_complete(context, event)


def _opinion_of(event: Mapping[str, Any]) -> str:
    from pipelines.flow import dagapi

    return dagapi.opinion_of(str((event["params_input"] or {}).get(OPINION) or ""))


def ask_signatures(edition: Any, record: Any) -> list[Any]:
    """Wires the request of every role to its two records; the reviewers are asked one after the other. Returns the tasks that record an
    approval: all of them must succeed before publication. `record`: the task `record(edition, role)`."""
    approvals: list[Any] = []
    reviewed: Any = None
    for role in signing_roles():
        zh = ROLES[role]
        approved = record.override(task_id=f"approve_{role}", task_display_name=f"{zh}批准入档")(edition, role)
        returned = record.override(task_id=f"return_{role}", task_display_name=f"{zh}退回入档")(edition, role)
        asked = SignoffOperator(
            task_id=f"sign_off_{role}",
            task_display_name=f"{zh}签署" if role in REVIEW else f"{zh}签发",
            role=role,
            edition=edition,
            approve_task=f"approve_{role}",
            return_task=f"return_{role}",
        )
        asked >> [approved, returned]
        if role in REVIEW:
            if reviewed is not None:
                reviewed >> asked
            reviewed = approved
        approvals.append(approved)
    return approvals


def record(edition: Mapping[str, Any], role: str, ti: Any) -> dict[str, Any] | None:
    """Copy a decision into the warehouse (Airflow's own record dies with its metadata database); None without one. A decision on a
    draft that was superseded meanwhile is nobody's: a skip."""
    from pipelines.flow import dagapi

    decision = ti.xcom_pull(task_ids=f"sign_off_{role}", key=DECISION)
    if decision is None:
        return None
    if superseded(edition):
        raise AirflowSkipException(f"{edition['edition']} 已被新稿取代 / superseded by a newer draft")
    if decision["decision"] == APPROVE and dagapi.sent_back(edition["edition"]):
        raise AirflowSkipException(f"{edition['edition']} 已被退回，不再签发 / was sent back, nobody signs it any more")
    return dagapi.sign(
        edition["edition"],
        role,
        decision["name"],
        decision["content_hash"],
        "approved" if decision["decision"] == APPROVE else "returned",
        decision["at"],
        decision["demonstration"],
        decision["opinion"],
    )
