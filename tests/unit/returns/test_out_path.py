"""Where answers lie: beside the name they answer, inside `out/`, whatever the name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.flow.exchange.reply_outbox import wait_for
from pipelines.flow.feedback.write_feedback import out_path
from pipelines.flow.runtime.context import Context, load_programme
from pipelines.settings import Settings


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(Settings(home=tmp_path), load_programme("jiaxing"))


@pytest.mark.parametrize(
    "name", ["海宁/6月.xlsx", "../../etc/passwd", "/etc/passwd", "..", "", "甲" * 84 + ".xlsx", "a\nb.csv"]
)
def test_an_answer_stays_inside_and_can_be_written(context: Context, name: str) -> None:
    target = out_path(context, "inbox", name)
    assert target.resolve().is_relative_to(context.settings.out.resolve()) and target != context.settings.out
    wait_for(target.parent, target.name + ".verdict.xlsx", b"x")
    assert target.with_name(target.name + ".verdict.xlsx").read_bytes() == b"x"


def test_two_long_names_do_not_share_an_answer(context: Context) -> None:
    first, second = (out_path(context, "inbox", "甲" * 84 + ending) for ending in ("1.xlsx", "2.xlsx"))
    assert first != second
