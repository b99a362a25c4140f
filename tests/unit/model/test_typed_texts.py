"""What people type is kept as they see it."""

from __future__ import annotations

import pytest

from pipelines.errors import Terminal
from pipelines.flow.month.publication_gate import refuse_wordless
from pipelines.model.typed_texts import typed_line, typed_text


@pytest.mark.parametrize(
    "typed,kept",
    [
        ("  海宁\u200b的基数\ufeff已核对 ", "海宁的基数已核对"),
        ("第一行\r\n第二行\u2028第三行\x0b第四行\x85第五行", "第一行\n第二行\n第三行\n第四行\n第五行"),
        ("\x1b[31m红\x1b[0m\x07", "[31m红[0m"),
        ("<bdo dir=rtl>750</bdo>", "<bdo dir=rtl>750</bdo>"),
        ("\u200b\u2060\ufeff", ""),
    ],
)
def test_what_nobody_sees_goes(typed: str, kept: str) -> None:
    assert typed_text(typed) == kept


def test_a_name_is_one_line() -> None:
    assert typed_line("王\u200b伟\r\n（统计局）") == "王伟 （统计局）"


@pytest.mark.parametrize("mark", ["\u202e", "\u202b", "\u2067"])
def test_what_a_screen_shows_otherwise_is_refused(mark: str) -> None:
    with pytest.raises(Terminal, match=f"U\\+{ord(mark):04X}") as refused:
        typed_text(f"核定为{mark}057 万元")
    assert not any(c in str(refused.value) for c in (mark, "\u202e"))


def test_a_reason_of_what_nobody_sees_is_none() -> None:
    with pytest.raises(Terminal, match="reason"):
        refuse_wordless("\u200b" * 12, "王伟")
    with pytest.raises(Terminal, match="no name"):
        refuse_wordless("基数以市局核定表为准，不作调整", "\u2060")
