"""A table pasted into a form for a few words: nothing is taken, and the person is told what to do instead."""

from __future__ import annotations

from typing import Any

import pytest

PASTED = "330481\t制造业投资\t1000\n"


@pytest.fixture(scope="module")
def rejected(portal: Any) -> Any:
    """A return with a page of its own."""
    portal.upload("unit", ("q1.csv", portal.wrong))
    portal.page = f"/unit/submissions/{portal.versions(portal.units[0])[0]}"
    return portal


@pytest.mark.parametrize("rows,status,said", [(100_000, 413, "作为文件报送"), (2_000, 400, "64 KB")])
def test_a_table_pasted_into_an_explanation(rejected: Any, rows: int, status: int, said: str) -> None:
    text = PASTED * rows
    answer = rejected.post("unit", f"{rejected.page}/explain", rejected.page, rule="B01", reason="其他", text=text)
    assert answer.status_code == status and said in answer.text
    assert rejected.state.context.warehouse.rulings.explanations("2026-Q1") == []


def test_a_form_of_parts_says_how_long_a_text_may_be(rejected: Any) -> None:
    client = rejected.client("unit")
    token = rejected.token(client.get("/unit").text)
    answer = client.post(
        "/unit/upload", data={"form_token": token, "note": PASTED * 5_000}, files={"files": ("a.csv", b"a")}
    )
    assert answer.status_code == 400 and "64 KB" in answer.text
