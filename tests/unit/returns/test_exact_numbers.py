"""Which texts become numbers in a workbook."""

from __future__ import annotations

import pytest

from pipelines.returns.exact_numbers import all_short, is_exact

EXACT = ["12.5", "-3", "0", "-0.07", "123456789012345", "999999999.123456", "0.00001"]
NONE = ["007", "1,234", "1e5", "=1", "", "1234567890123456", "12345678901234.56", "1.", "5\n", " 5", "٣", "-", "5元"]


@pytest.mark.parametrize("text", EXACT)
def test_what_a_workbook_holds_without_losing_a_digit_becomes_a_number(text: str) -> None:
    assert is_exact(text)


@pytest.mark.parametrize("text", NONE)
def test_everything_else_stays_a_text(text: str) -> None:
    assert not is_exact(text)
    assert text == "" or not all_short(["1", text, "2"])


def test_a_column_is_looked_at_as_a_whole() -> None:
    assert all_short([])
    assert all_short(["", "12.5", "-3", "", "999999999.123456", "0"])
    assert not all_short(["1", "1234567890"])  # may be exact: asked one by one
