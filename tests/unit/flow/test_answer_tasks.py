"""Answers wait while files are read: no more of them are with the children than there are children."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from pipelines.flow.runtime.answer_tasks import Answering, AnswerTasks
from pipelines.flow.runtime.arrow_transport import Packed

ASKED = [Packed(bytes([n]), ()) for n in range(5)]


class Pool:
    """Stands for the children: what was handed to them, to be ended by the test."""

    def __init__(self) -> None:
        self.begun: list[tuple[Packed, Future[Packed]]] = []
        self.active = True

    def begin(self, packed: Packed) -> Future[Packed] | None:
        if not self.active:
            return None
        self.begun.append((packed, Future()))
        return self.begun[-1][1]


def futures(answering: Answering) -> list[Future[Packed]]:
    return [future for _, future in answering.tasks]


def test_one_a_child_in_order_and_the_next_when_one_is_made():
    pool = Pool()
    answers = futures(AnswerTasks(pool.begin, 2).add(ASKED))  # type: ignore[arg-type]  # pebble's futures are futures
    assert [packed for packed, _ in pool.begun] == ASKED[:2]
    pool.begun[1][1].set_result(ASKED[1])
    assert [packed for packed, _ in pool.begun] == ASKED[:3]
    assert answers[1].result(0) is ASKED[1] and not answers[0].done()


def test_what_a_child_fails_at_is_told_and_the_others_go_on():
    pool = Pool()
    answers = futures(AnswerTasks(pool.begin, 1).add(ASKED))  # type: ignore[arg-type]
    pool.begun[0][1].set_exception(MemoryError())
    pool.begun[1][1].cancel()
    pool.begun[1][1].set_running_or_notify_cancel()
    pool.begun[2][1].set_result(ASKED[2])
    with pytest.raises(MemoryError):
        answers[0].result(0)
    assert answers[1].cancelled() and answers[2].result(0) is ASKED[2]
    assert len(pool.begun) == 4


def test_nobody_waits_for_what_no_child_will_make():
    pool = Pool()
    tasks = AnswerTasks(pool.begin, 1)  # type: ignore[arg-type]
    answers = futures(tasks.add(ASKED[:3]))
    tasks.call_off()
    assert [a.cancelled() for a in answers] == [False, True, True]
    later = futures(tasks.add(ASKED[3:]))
    pool.active = False
    pool.begun[0][1].set_result(ASKED[0])
    assert answers[0].result(0) is ASKED[0] and all(a.cancelled() for a in later)
