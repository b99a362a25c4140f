"""Answers the sign-off requests of a `dag.test()` run from a thread, through the same rows the REST API writes."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

from saima_airflow.environment import DEMONSTRATION_SIGNER

POLL_SECONDS = 0.2
RETURNED_BECAUSE = "演示：退回修改"


class DemonstrationSigner:
    """Answers, as the demonstration account, the requests of one DAG that are assigned to it, while the block lasts.

    `dag.test()` resumes a task only when its row says `scheduled`, and writes the parked state once more after the task
    has parked; an answer that falls between the two would be overwritten, therefore every round resumes again
    whatever is answered and still parked.
    """

    def __init__(self, name: str, dag_id: str, approve: bool = True) -> None:
        self._user = {"id": DEMONSTRATION_SIGNER, "name": name}
        self._dag_id = dag_id
        self._approve = approve
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._watch, name="demonstration-signer", daemon=True)

    def __enter__(self) -> DemonstrationSigner:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._error and kind is None:
            raise self._error

    def _watch(self) -> None:
        from sqlalchemy.exc import OperationalError

        while not self._stop.wait(POLL_SECONDS):
            try:
                self._answer()
            except OperationalError:
                continue  # SQLite was busy with the run itself: the next round finds the same rows
            except Exception as error:
                self._error = error
                return

    def _answer(self) -> None:
        from airflow._shared.timezones import timezone
        from airflow.models.hitl import HITLDetail
        from airflow.models.taskinstance import TaskInstance
        from airflow.models.trigger import handle_event_submit
        from airflow.triggers.base import TriggerEvent
        from airflow.utils.session import create_session
        from airflow.utils.state import TaskInstanceState
        from saima_airflow.signoff import APPROVE, OPINION, RETURN
        from sqlalchemy import select

        with create_session() as session:
            waiting = select(TaskInstance).where(
                TaskInstance.dag_id == self._dag_id, TaskInstance.state == TaskInstanceState.AWAITING_INPUT
            )
            for instance in session.scalars(waiting):
                detail: Any = session.get(HITLDetail, instance.id)
                if detail is None or self._user["id"] not in {user["id"] for user in detail.assigned_users}:
                    continue
                if not detail.response_received:
                    detail.responded_by = self._user
                    detail.responded_at = timezone.utcnow()
                    detail.chosen_options = [APPROVE if self._approve else RETURN]
                    detail.params_input = {OPINION: "" if self._approve else RETURNED_BECAUSE}
                handle_event_submit(
                    TriggerEvent(detail.as_resume_event_payload()), task_instance=instance, session=session
                )
